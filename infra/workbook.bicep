metadata description = 'The workbook: what came of the photos, what it cost, what is slow.'

param location string
param tags object
param insightsName string

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

var content = union(loadJsonContent('workbook.json'), { fallbackResourceIds: [insights.id] })

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insights.id, 'photos')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Photos'
    category: 'workbook'
    sourceId: insights.id
    serializedData: string(content)
  }
}
