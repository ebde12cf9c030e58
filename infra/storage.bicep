metadata description = 'One account for the photos, what is made of them, the queues, the host and the package.'

param name string
param location string
param tags object
param vnetEnabled bool

@description('The containers and queues that the code uses. Made ahead, so that events find their queue before the app runs.')
param containers string[]
param queues string[]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Event Grid writes deletes into a queue here; it passes the firewall as a trusted service, by its own identity.
    networkAcls: { bypass: 'AzureServices', defaultAction: vnetEnabled ? 'Deny' : 'Allow' }
    publicNetworkAccess: 'Enabled'
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource container 'containers' = [
      for each in containers: {
        name: each
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [
      for each in queues: {
        name: each
      }
    ]
  }
}

output blobServiceUri string = account.properties.primaryEndpoints.blob
output queueServiceUri string = account.properties.primaryEndpoints.queue
output tableServiceUri string = account.properties.primaryEndpoints.table
