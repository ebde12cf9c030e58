metadata description = 'The events of the storage account: a delete goes to a queue from the start, see events.bicep for new blobs.'

param name string
param location string
param tags object
param storageName string
param photoContainer string
param deletedQueue string

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

// Its own identity, because only that one passes the firewall of the storage account.
resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: storage.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

// The account takes no keys, so the topic needs this role to put a message into a queue.
resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, topic.id, 'Storage Queue Data Message Sender')
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
    )
  }
}

resource deleted 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'photo-deleted'
  dependsOn: [sender]
  properties: {
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: {
        endpointType: 'StorageQueue'
        properties: { resourceId: storage.id, queueName: deletedQueue, queueMessageTimeToLiveInSeconds: 604800 }
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobDeleted']
      // With what follows the name: without it, the container "photos-old" would match as well.
      subjectBeginsWith: '/blobServices/default/containers/${photoContainer}/blobs/'
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
  }
}
