/** The months in which photos were taken, and the years of those of which no more is known. */

export const isYear = (period) => period.length === 4;
export const countOf = (periods) => periods.reduce((sum, { count }) => sum + count, 0);

/** The months with their counts, and each year before its months with those of its photos that are in none. */
export function knownPeriods({ month: months = [], year: years = [] }) {
  const yearsAlone = years.map(({ value, count }) => ({
    value,
    count: count - countOf(months.filter((month) => month.value.startsWith(value))),
  }));
  return [...months, ...yearsAlone].filter(({ count }) => count > 0).sort((a, b) => (a.value < b.value ? -1 : 1));
}
