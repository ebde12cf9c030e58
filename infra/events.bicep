metadata description = 'New blobs to the function. Deployed after the code, because Event Grid asks the function first whether it wants them.'

param topicName string
param functionName string
param photoContainer string

@secure()
@description('The system key blobs_extension of the function app.')
param blobsExtensionKey string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource created 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'photo-arrived'
  properties: {
    destination: {
      endpointType: 'WebHook'
      properties: {
        // Another spelling of the function's name is accepted as well, and then nothing ever runs.
        endpointUrl: 'https://${site.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.photo_arrived&code=${blobsExtensionKey}'
        maxEventsPerBatch: 1
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/${photoContainer}/blobs/'
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
  }
}
