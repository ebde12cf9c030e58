metadata description = 'Everything in the resource group, and how the parts know of each other.'

import { modelType } from 'models.bicep'

param location string
param openAiLocation string
@description('What makes the names of resources unique.')
param token string
param tags object
param principalId string
param principalType string
@secure()
param apiKey string
param signInClientId string
param mcpOAuth string
param vnetEnabled bool
param searchSku string
param semanticRanker string
@description('Those that describe, answer and embed, and those for batches.')
param models modelType[]
param maximumInstances int
param budgetPerDay int
param alertEmail string
@description('Settings of the app that whoever deploys chooses.')
param choices settingsType
@description('More of them.')
param moreSettings object

@description('Settings of the app, by their names there.')
type settingsType = {
  EMBEDDING_DIMENSIONS: string
  VECTOR_COMPRESSION: string
  IMAGE_EMBEDDING_MODEL: string
  IMAGE_EMBEDDING_ENDPOINT: string
  IMAGE_EMBEDDING_API: string
  IMAGE_EMBEDDING_DIMENSIONS: string
  CAPTION_LANGUAGE: string
  BATCH_MODEL: string
  CAPTIONS_PER_DAY: string
  BUDGET_PER_DAY: string
  MODEL_TOKEN_SCOPE: string
  HTTP_AUTH: string
  ROLE_GROUPS: string
  ACCESS_CONTACT: string
  ALLOWED_HOSTS: string
  PUBLIC_URL: string
  LOG_PATHS: string
}

// Known before anything is deployed, so that a preview of changes (what-if) can look into every module.
var names = {
  storage: 'st${token}'
  search: 'srch-${token}'
  models: 'oai-${token}'
  workspace: 'log-${token}'
  insights: 'appi-${token}'
  vault: 'kv-${token}'
  network: 'vnet-${token}'
  plan: 'plan-${token}'
  app: 'func-${token}'
  topic: 'evgt-${token}'
}
var photoContainer = 'photos'
var searchIndex = 'photos'
var packageContainer = 'app-package'
var deletedQueue = 'photo-deleted'
var rankerSetting = semanticRanker == 'disabled' ? 'off' : 'on'
var signsIn = choices.HTTP_AUTH == 'platform'
// Storage has no public address then, so pictures come through the app.
var pictures = vnetEnabled ? 'proxy' : 'links'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${token}'
  location: location
  tags: tags
}

// Vouches for the app to Entra ID, in place of a secret. For that alone: whoever has it can speak for the registration.
resource signInIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (signsIn) {
  name: 'id-signin-${token}'
  location: location
  tags: tags
}

module storage 'storage.bicep' = {
  params: {
    name: names.storage
    location: location
    tags: tags
    vnetEnabled: vnetEnabled
    containers: [
      photoContainer
      packageContainer
      'photo-audit'
      'photo-batches'
      'photo-collections'
      'photo-derived'
      'photo-descriptions'
      'photo-edits'
      'photo-exports'
      'photo-failures'
      'photo-feedback'
      'photo-jobs'
      'photo-limitations'
      'photo-moves'
      'photo-proposals'
      'photo-settings'
      'photo-shares'
      'photo-spending'
      'photo-trash'
      'photo-usage'
    ]
    queues: [
      deletedQueue
      '${deletedQueue}-poison'
      'photo-jobs'
      'photo-jobs-poison'
      'photo-tickets'
      'photo-tickets-poison'
      'photo-refresh'
      'photo-refresh-poison'
      'photo-uploads'
      'photo-uploads-poison'
      'webjobs-blobtrigger-poison'
    ]
  }
}

module search 'search.bicep' = {
  params: {
    name: names.search
    location: location
    tags: tags
    sku: searchSku
    semanticRanker: semanticRanker
    vnetEnabled: vnetEnabled
  }
}

module openAi 'models.bicep' = {
  params: {
    name: names.models
    location: openAiLocation
    tags: tags
    vnetEnabled: vnetEnabled
    models: models
  }
}

module telemetry 'telemetry.bicep' = {
  params: { workspaceName: names.workspace, insightsName: names.insights, location: location, tags: tags }
}

module alerts 'alerts.bicep' = {
  dependsOn: [telemetry]
  params: {
    name: token
    location: location
    tags: tags
    insightsName: names.insights
    budgetPerDay: budgetPerDay
    alertEmail: alertEmail
  }
}

module workbook 'workbook.bicep' = {
  dependsOn: [telemetry]
  params: { location: location, tags: tags, insightsName: names.insights }
}

module vault 'vault.bicep' = {
  params: { name: names.vault, location: location, tags: tags, apiKey: apiKey }
}

module roles 'roles.bicep' = {
  dependsOn: [storage, search, openAi, telemetry, vault]
  params: {
    storageName: names.storage
    searchName: names.search
    modelsName: names.models
    insightsName: names.insights
    vaultName: names.vault
    appPrincipalId: identity.properties.principalId
    principalId: principalId
    principalType: principalType
    batches: !empty(choices.BATCH_MODEL)
  }
}

module network 'network.bicep' = if (vnetEnabled) {
  params: { name: names.network, location: location, tags: tags }
}

var storageSuffix = environment().suffixes.storage
var storageId = resourceId('Microsoft.Storage/storageAccounts', names.storage)
var zonesByCloud = {
  AzureCloud: { search: 'search.windows.net', models: 'openai.azure.com' }
  AzureUSGovernment: { search: 'search.azure.us', models: 'openai.azure.us' }
  AzureChinaCloud: { search: 'search.azure.cn', models: 'openai.azure.cn' }
}
var zones = zonesByCloud[environment().name]
var endpoints = [
  { id: storageId, part: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { id: storageId, part: 'queue', zone: 'privatelink.queue.${storageSuffix}' }
  { id: storageId, part: 'table', zone: 'privatelink.table.${storageSuffix}' }
  {
    id: resourceId('Microsoft.Search/searchServices', names.search)
    part: 'searchService'
    zone: 'privatelink.${zones.search}'
  }
  {
    id: resourceId('Microsoft.CognitiveServices/accounts', names.models)
    part: 'account'
    zone: 'privatelink.${zones.models}'
  }
]

module endpoint 'endpoint.bicep' = [
  for each in endpoints: if (vnetEnabled) {
    name: 'endpoint-${each.part}'
    dependsOn: [storage, search, openAi]
    params: {
      networkName: names.network
      subnetId: network!.outputs.endpointSubnetId
      location: location
      tags: tags
      serviceId: each.id
      part: each.part
      zoneName: each.zone
    }
  }
]

module app 'function.bicep' = {
  dependsOn: [roles, endpoint]
  params: {
    name: names.app
    planName: names.plan
    location: location
    tags: tags
    identityId: identity.id
    signInIdentityId: signsIn ? signInIdentity.id : ''
    packageUri: '${storage.outputs.blobServiceUri}${packageContainer}'
    maximumInstances: maximumInstances
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    signInClientId: signInClientId
    signsIn: signsIn
    signsInForMcp: signsIn && mcpOAuth == 'on'
    publicUrl: choices.PUBLIC_URL
    moreSettings: moreSettings
    settings: {
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AzureWebJobsStorage__blobServiceUri: storage.outputs.blobServiceUri
      AzureWebJobsStorage__queueServiceUri: storage.outputs.queueServiceUri
      AzureWebJobsStorage__tableServiceUri: storage.outputs.tableServiceUri
      AzureWebJobsDisableHomepage: 'true'
      // 25 to 32 photos in progress on an instance, while a model that takes six seconds describes 24 of them: in
      // host.json, which laptops have too, it is 12 at most.
      AzureFunctionsJobHost__extensions__queues__newBatchThreshold: '24'
      APPLICATIONINSIGHTS_CONNECTION_STRING: telemetry.outputs.connectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      PYTHON_ENABLE_OPENTELEMETRY: 'true'
      PhotoStorage__credential: 'managedidentity'
      PhotoStorage__clientId: identity.properties.clientId
      PhotoStorage__blobServiceUri: storage.outputs.blobServiceUri
      PhotoStorage__queueServiceUri: storage.outputs.queueServiceUri
      PHOTO_CONTAINER: photoContainer
      OPENAI_BASE_URL: openAi.outputs.baseUrl
      CAPTION_MODEL: models[0].deployment
      CHAT_MODEL: models[1].deployment
      EMBEDDING_MODEL: models[2].deployment
      EMBEDDING_DIMENSIONS: choices.EMBEDDING_DIMENSIONS
      VECTOR_COMPRESSION: choices.VECTOR_COMPRESSION
      IMAGE_EMBEDDING_MODEL: choices.IMAGE_EMBEDDING_MODEL
      IMAGE_EMBEDDING_ENDPOINT: choices.IMAGE_EMBEDDING_ENDPOINT
      IMAGE_EMBEDDING_API: choices.IMAGE_EMBEDDING_API
      IMAGE_EMBEDDING_DIMENSIONS: choices.IMAGE_EMBEDDING_DIMENSIONS
      AZURE_SEARCH_ENDPOINT: search.outputs.endpoint
      AZURE_SEARCH_INDEX: searchIndex
      AZURE_SEARCH_SKU: searchSku
      AZURE_CLOUD: environment().name
      SEMANTIC_RANKER: rankerSetting
      PICTURES: pictures
      CAPTION_LANGUAGE: choices.CAPTION_LANGUAGE
      BATCH_MODEL: choices.BATCH_MODEL
      CAPTIONS_PER_DAY: choices.CAPTIONS_PER_DAY
      BUDGET_PER_DAY: choices.BUDGET_PER_DAY
      MODEL_TOKEN_SCOPE: choices.MODEL_TOKEN_SCOPE
      LOG_PATHS: choices.LOG_PATHS
      ALLOWED_HOSTS: choices.ALLOWED_HOSTS
      PUBLIC_URL: choices.PUBLIC_URL
      HTTP_AUTH: choices.HTTP_AUTH
      ROLE_GROUPS: choices.ROLE_GROUPS
      ACCESS_CONTACT: choices.ACCESS_CONTACT
      OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: signsIn ? signInIdentity!.properties.clientId : ''
      API_KEYS: '@Microsoft.KeyVault(SecretUri=${vault.outputs.keysUri})'
    }
  }
}

module topic 'topic.bicep' = {
  dependsOn: [storage]
  params: {
    name: names.topic
    location: location
    tags: tags
    storageName: names.storage
    photoContainer: photoContainer
    deletedQueue: deletedQueue
  }
}

output signInIdentityId string = signsIn ? signInIdentity!.properties.principalId : ''
output url string = app.outputs.url
output functionAppName string = names.app
output topicName string = names.topic
output storageName string = names.storage
output blobServiceUri string = storage.outputs.blobServiceUri
output queueServiceUri string = storage.outputs.queueServiceUri
output photoContainer string = photoContainer
output openAiBaseUrl string = openAi.outputs.baseUrl
output searchEndpoint string = search.outputs.endpoint
output searchIndex string = searchIndex
output semanticRanker string = rankerSetting
output vaultName string = names.vault
