metadata description = 'The search service. It takes tokens only, no keys.'

param name string
param location string
param tags object
param sku string
param semanticRanker string
param vnetEnabled bool

resource service 'Microsoft.Search/searchServices@2025-05-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    disableLocalAuth: true
    semanticSearch: semanticRanker
    partitionCount: 1
    replicaCount: 1
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
  }
}

output endpoint string = service.properties.endpoint
