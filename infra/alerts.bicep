metadata description = 'What nobody should have to look for: six alerts on what the app measures, and who is told.'

param name string
param location string
param tags object
param insightsName string
param alertEmail string

@description('US dollars for models in a day, as the app estimates them.')
param budgetPerDay int

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// Every quarter of an hour is half a dollar a month and alert; every five minutes would be three times that.
var alerts = [
  {
    name: 'stuck-backlog'
    title: 'Photos have waited for more than two hours'
    advice: 'GET /api/status says what is on its way, what the services answer, and whether CAPTIONS_PER_DAY is reached: photos that wait for midnight count.'
    severity: 2
    query: 'customMetrics | where name == "photo.oldest_waiting" | summarize Value = max(valueSum)'
    above: 7200
    frequency: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'failed-photos'
    title: 'More than 10 photos failed within an hour'
    advice: 'GET /api/failures names them, each with a reason.'
    severity: 2
    query: 'customMetrics | where name == "photo.outcomes" and tostring(customDimensions.outcome) in ("failed", "crashed") | summarize Value = sum(valueSum)'
    above: 10
    frequency: 'PT15M'
    window: 'PT1H'
  }
  {
    name: 'spend-over-budget'
    title: 'Models cost more than ${budgetPerDay} dollars within a day'
    advice: 'CAPTIONS_PER_DAY and CHAT_TOKENS_PER_DAY stop spending; the workbook says what it is spent on.'
    severity: 1
    query: 'customMetrics | where name == "model.cost" | summarize Value = sum(valueSum)'
    above: budgetPerDay
    frequency: 'PT1H'
    window: 'P1D'
  }
  {
    name: 'budget-nearly-spent'
    title: 'Four fifths of the day\'s budget for models are spent'
    advice: 'Beyond BUDGET_PER_DAY photos wait for midnight UTC and the chat answers 429. python -m ingest spending says what it is spent on.'
    severity: 2
    query: 'customMetrics | where name == "model.budget.used" | summarize Value = max(valueSum)'
    above: json('0.8')
    frequency: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'server-errors'
    title: 'More than 5 requests failed with 5xx within a quarter of an hour'
    advice: 'The traces of these requests say where.'
    severity: 1
    query: 'requests | where toint(resultCode) >= 500 | summarize Value = sum(itemCount)'
    above: 5
    frequency: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'throttled-models'
    title: 'The models refused more than 100 calls with 429 within a quarter of an hour'
    advice: 'Give the deployment more of the quota (AZURE_CAPTION_CAPACITY, AZURE_CHAT_CAPACITY).'
    severity: 3
    query: 'customMetrics | where name == "model.throttling" | summarize Value = sum(valueCount)'
    above: 100
    frequency: 'PT15M'
    window: 'PT15M'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'photos'
    enabled: true
    emailReceivers: [{ name: 'email', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for each in alerts: {
    name: '${each.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: each.title
      description: each.advice
      severity: each.severity
      enabled: true
      scopes: [insights.id]
      evaluationFrequency: each.frequency
      windowSize: each.window
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: each.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: each.above
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(alertEmail) ? [] : [people.id] }
    }
  }
]
