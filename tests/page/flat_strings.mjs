// `node flat_strings.mjs FILE`: the strings of a language as JSON, by their whole names; a function by its parameters.

const { strings } = await import(process.argv[2]);

function flat(value, name) {
  if (typeof value === "function") return [[name, value.length]];
  if (typeof value === "string") return [[name, value]];
  return Object.entries(value).flatMap(([key, each]) => flat(each, name ? `${name}.${key}` : key));
}

process.stdout.write(JSON.stringify(Object.fromEntries(flat(strings, ""))));
