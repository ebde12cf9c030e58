metadata description = 'Azure OpenAI with its deployments. It takes tokens only, no keys.'

param name string
param location string
param tags object
param vnetEnabled bool
param models modelType[]

@export()
type modelType = {
  @description('The name that the app sends.')
  deployment: string
  model: string
  version: string
  @description('The kind of the deployment.')
  sku: string
  @description('Thousands of tokens: a minute or, for batches, that may be queued.')
  capacity: int
}

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: {
    customSubDomainName: name
    disableLocalAuth: true
    networkAcls: { defaultAction: vnetEnabled ? 'Deny' : 'Allow' }
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
  }
}

// One after another: the service answers a second deployment in progress with 409.
@batchSize(1)
resource deployment 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [
  for each in models: {
    parent: account
    name: each.deployment
    sku: { name: each.sku, capacity: each.capacity }
    properties: {
      model: { format: 'OpenAI', name: each.model, version: each.version }
      versionUpgradeOption: 'OnceCurrentVersionExpired'
    }
  }
]

output baseUrl string = '${account.properties.endpoint}openai/v1'
