targetScope = 'subscription'

metadata description = 'A resource group with everything the app needs. azd fills in the parameters from main.parameters.json.'

@minLength(1)
@maxLength(48)
@description('The name of the azd environment, part of the name of the resource group.')
param environmentName string

@minLength(1)
@description('The region of everything but the models. It must offer Flex Consumption and AI Search.')
param location string

@description('The region of the models; empty: that of everything else.')
param openAiLocation string = ''

@description('The object id of who deploys, who gets the roles that the command line needs; empty: nobody does.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal'])
param principalType string = 'User'

@secure()
@minLength(47)
@maxLength(47)
@description('The key that clients of the app send. azd makes passwords of 15 characters, so these are three with hyphens.')
param apiKey string

@allowed(['key', 'function', 'platform'])
@description('Who checks keys: the app, which knows rights and makes more of them, or the Functions host. With platform people sign in as well, each with a role.')
param httpAuth string = 'key'

@description('The client id of an app registration in Entra ID, by which people sign in: to the app with platform, which makes one, else before they reach it; empty: nobody does.')
param signInClientId string = ''

@allowed(['on', 'off'])
@description('With platform, whether clients of /mcp, such as connectors of Claude and ChatGPT, learn where people sign in for them. A preview of App Service authentication.')
param mcpOAuth string = 'off'

@description('The roles of groups in Entra ID besides app roles, such as editor=ID, viewer=ID.')
param roleGroups string = ''
@description('Whom people without a role ask for one: a name or an address.')
param accessContact string = ''

@description('Keeps storage, search and models off the internet. The door of the app itself stays public.')
param vnetEnabled bool = false

@allowed(['basic', 'standard', 'standard2'])
param searchSku string = 'basic'

@allowed(['free', 'standard', 'disabled'])
@description('The plan of the semantic ranker: 1,000 queries a month for nothing, paid by the query, or none.')
param semanticRanker string = 'free'

@description('The model that describes photos, as Azure OpenAI offers it in the region.')
param captionModel string = 'gpt-5.4-mini'
param captionModelVersion string = '2026-03-17'
@minValue(1)
@description('How much of the quota it gets, in thousands of tokens a minute; so for the others.')
param captionCapacity int = 100
@minValue(0)
@description('Describes back-fills by batch, for half the price: thousands of tokens that may be queued; 0: it does not.')
param batchCapacity int = 0
@description('The kind of its deployment, which says where batches are computed.')
@allowed(['GlobalBatch', 'DataZoneBatch'])
param batchSku string = 'GlobalBatch'
@description('The language of the descriptions; empty: English.')
param captionLanguage string = ''

@description('The model that answers questions.')
param chatModel string = 'gpt-5.4-mini'
param chatModelVersion string = '2026-03-17'
@minValue(1)
param chatCapacity int = 100

@description('The model that embeds descriptions and questions.')
param embeddingModel string = 'text-embedding-3-small'
param embeddingModelVersion string = '1'
@minValue(2)
@maxValue(4096)
param embeddingDimensions int = 1536
@minValue(1)
param embeddingCapacity int = 100

@description('How the index compresses vectors, which it keeps for good. See docs/scale.md.')
@allowed(['none', 'scalar', 'binary'])
param vectorCompression string = 'none'

@description('A model that embeds pictures themselves, of a server there already; empty: none. See docs/deploy.md.')
param imageEmbeddingModel string = ''
@description('The address of its server, which must give the role Cognitive Services User to the identity of the app.')
param imageEmbeddingEndpoint string = ''
@allowed(['foundry', 'vision'])
param imageEmbeddingApi string = 'foundry'
@minValue(2)
@maxValue(4096)
param imageEmbeddingDimensions int = 1024

@description('How the models are billed and where they compute, as their kind of deployment says.')
param modelSku string = 'GlobalStandard'
@description('What a token for the models is asked for; empty: what the cloud has.')
param modelTokenScope string = ''

@minValue(0)
@description('The most photos described in a day; 0: no cap.')
param captionsPerDay int = 0

@description('The most US dollars that models may cost in a day; 0 is no budget.')
param modelBudgetPerDay string = '0'

@minValue(1)
@maxValue(1000)
@description('The most instances of the app.')
param maximumInstances int = 40

@description('The names by which clients may call the app besides its own, with commas between.')
param allowedHosts string = ''
@description('The address of the app as clients see it, where that is another one; empty: its own.')
param publicUrl string = ''

@allowed(['on', 'off'])
@description('Whether logs name the paths of photos, rather than their ids alone.')
param logPaths string = 'off'

@description('Other settings of the app, as its README names them, each a text: they are written as they are here.')
param moreSettings object = {}

@minValue(1)
@description('The US dollars for models above which a day raises an alert.')
param budgetPerDay int = 5
@description('Who is told of alerts; empty: they are in the portal alone.')
param alertEmail string = ''

var tags = { 'azd-env-name': environmentName }

// Named after their models: by the name the app knows what a call costs, what a model refuses, and which photos another
// one described. Captions and answers have a deployment each, so that an import takes no quota from a chat; as both may
// be of one model, one name has the version as well, which the app reads over.
var models = [
  {
    deployment: captionModel
    model: captionModel
    version: captionModelVersion
    sku: modelSku
    capacity: captionCapacity
  }
  {
    deployment: '${chatModel}-${chatModelVersion}'
    model: chatModel
    version: chatModelVersion
    sku: modelSku
    capacity: chatCapacity
  }
  {
    deployment: embeddingModel
    model: embeddingModel
    version: embeddingModelVersion
    sku: modelSku
    capacity: embeddingCapacity
  }
]
// Of the very model that describes photos one by one: a description of either is as good as one of the other.
var batchModel = batchCapacity == 0 ? '' : '${captionModel}-batch'
var batchModels = empty(batchModel)
  ? []
  : [
      {
        deployment: batchModel
        model: captionModel
        version: captionModelVersion
        sku: batchSku
        capacity: batchCapacity
      }
    ]

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module app 'app.bicep' = {
  scope: group
  params: {
    location: location
    openAiLocation: empty(openAiLocation) ? location : openAiLocation
    token: toLower(uniqueString(subscription().id, environmentName, location))
    tags: tags
    principalId: principalId
    principalType: principalType
    apiKey: apiKey
    signInClientId: signInClientId
    mcpOAuth: mcpOAuth
    vnetEnabled: vnetEnabled
    searchSku: searchSku
    semanticRanker: semanticRanker
    models: concat(models, batchModels)
    maximumInstances: maximumInstances
    budgetPerDay: budgetPerDay
    alertEmail: alertEmail
    moreSettings: moreSettings
    choices: {
      EMBEDDING_DIMENSIONS: string(embeddingDimensions)
      VECTOR_COMPRESSION: vectorCompression
      IMAGE_EMBEDDING_MODEL: imageEmbeddingModel
      IMAGE_EMBEDDING_ENDPOINT: imageEmbeddingEndpoint
      IMAGE_EMBEDDING_API: imageEmbeddingApi
      IMAGE_EMBEDDING_DIMENSIONS: string(imageEmbeddingDimensions)
      CAPTION_LANGUAGE: captionLanguage
      BATCH_MODEL: batchModel
      CAPTIONS_PER_DAY: string(captionsPerDay)
      BUDGET_PER_DAY: modelBudgetPerDay
      MODEL_TOKEN_SCOPE: modelTokenScope
      HTTP_AUTH: httpAuth
      ROLE_GROUPS: roleGroups
      ACCESS_CONTACT: accessContact
      ALLOWED_HOSTS: allowedHosts
      PUBLIC_URL: publicUrl
      LOG_PATHS: logPaths
    }
  }
}

// The variables of the azd environment: what postdeploy reads, and the settings of the commands on a laptop.
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_CLOUD string = environment().name
output AZURE_KEY_VAULT_NAME string = app.outputs.vaultName
output AZURE_FUNCTION_NAME string = app.outputs.functionAppName
output AZURE_EVENT_TOPIC_NAME string = app.outputs.topicName
output AZURE_STORAGE_ACCOUNT_NAME string = app.outputs.storageName
output AZURE_SIGN_IN_IDENTITY_ID string = app.outputs.signInIdentityId
output AZURE_DEPLOYER_ID string = principalId
output SERVICE_API_URI string = app.outputs.url
output PhotoStorage__blobServiceUri string = app.outputs.blobServiceUri
output PhotoStorage__queueServiceUri string = app.outputs.queueServiceUri
output AzureWebJobsStorage__queueServiceUri string = app.outputs.queueServiceUri
output PHOTO_CONTAINER string = app.outputs.photoContainer
output OPENAI_BASE_URL string = app.outputs.openAiBaseUrl
output CAPTION_MODEL string = models[0].deployment
output CHAT_MODEL string = models[1].deployment
output BATCH_MODEL string = batchModel
output EMBEDDING_MODEL string = models[2].deployment
output EMBEDDING_DIMENSIONS string = string(embeddingDimensions)
output MODEL_TOKEN_SCOPE string = modelTokenScope
output CAPTION_MODEL_NAME string = captionModel
output CHAT_MODEL_NAME string = chatModel
output EMBEDDING_MODEL_NAME string = embeddingModel
output AZURE_SEARCH_ENDPOINT string = app.outputs.searchEndpoint
output AZURE_SEARCH_INDEX string = app.outputs.searchIndex
output AZURE_SEARCH_SKU string = searchSku
output SEMANTIC_RANKER string = app.outputs.semanticRanker
output VNET_ENABLED bool = vnetEnabled
