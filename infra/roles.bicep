metadata description = 'Who may do what, and why.'

param storageName string
param searchName string
param modelsName string
param insightsName string
param vaultName string

@description('The identity of the app.')
param appPrincipalId string

@description('Who deploys; empty: nobody gets the roles of the command line.')
param principalId string
param principalType string

@description('Whether photos are described by batch as well.')
param batches bool

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource search 'Microsoft.Search/searchServices@2025-05-01' existing = {
  name: searchName
}

resource models 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: modelsName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

// The host locks its timers and keeps its keys in blobs, for which it wants to own them. The app makes containers,
// writes pictures and records, leases the list of batches while it orders one, and signs links.
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
// The host takes messages from the queues and moves them to poison queues; the app sends tickets, and counts arrivals.
var storageQueueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
// The host writes its diagnostic events to a table.
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
// On the command line, import uploads photos, status and retry read and delete records, keys makes and revokes keys.
var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
// The app, and any command, creates the index where there is none, and adds fields to it.
var searchServiceContributor = '7ca78c08-252a-4471-8644-bb5ff32d4ba0'
// The app writes and searches documents; so do the commands recaption, refresh and reconcile.
var searchIndexDataContributor = '8ebe5a00-799e-43f5-93ac-243d3dce84a7'
// Descriptions, embeddings and answers; the doctor asks the models as well.
var cognitiveServicesOpenAiUser = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
// With batches: the same, and files of requests are uploaded and deleted.
var cognitiveServicesOpenAiContributor = 'a001fd3d-188f-4b5d-821b-7da978bf7442'
// Application Insights takes logs, traces and metrics by identity alone.
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
// The platform reads API_KEYS for the app. For who deploys, azd reads the key to keep it, and postdeploy to call the app.
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

var modelsRole = batches ? cognitiveServicesOpenAiContributor : cognitiveServicesOpenAiUser
var appRoles = {
  storage: [storageBlobDataOwner, storageQueueDataContributor, storageTableDataContributor]
  search: [searchServiceContributor, searchIndexDataContributor]
  models: [modelsRole]
  insights: [monitoringMetricsPublisher]
  vault: [keyVaultSecretsUser]
}
var deployerRoles = {
  storage: [storageBlobDataContributor, storageQueueDataContributor]
  search: [searchServiceContributor, searchIndexDataContributor]
  models: [modelsRole]
  insights: []
  vault: [keyVaultSecretsUser]
}

var roleDefinitions = 'Microsoft.Authorization/roleDefinitions'
var app = { id: appPrincipalId, type: 'ServicePrincipal' }
var deployer = { id: principalId, type: principalType }
var grants = toObject(
  items(appRoles),
  each => each.key,
  each =>
    concat(
      map(each.value, role => { principal: app, role: role }),
      empty(principalId) ? [] : map(deployerRoles[each.key], role => { principal: deployer, role: role })
    )
)

resource storageRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants.storage: {
    scope: storage
    name: guid(storage.id, each.principal.id, each.role)
    properties: {
      principalId: each.principal.id
      principalType: each.principal.type
      roleDefinitionId: subscriptionResourceId(roleDefinitions, each.role)
    }
  }
]

resource searchRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants.search: {
    scope: search
    name: guid(search.id, each.principal.id, each.role)
    properties: {
      principalId: each.principal.id
      principalType: each.principal.type
      roleDefinitionId: subscriptionResourceId(roleDefinitions, each.role)
    }
  }
]

resource modelRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants.models: {
    scope: models
    name: guid(models.id, each.principal.id, each.role)
    properties: {
      principalId: each.principal.id
      principalType: each.principal.type
      roleDefinitionId: subscriptionResourceId(roleDefinitions, each.role)
    }
  }
]

resource telemetryRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants.insights: {
    scope: insights
    name: guid(insights.id, each.principal.id, each.role)
    properties: {
      principalId: each.principal.id
      principalType: each.principal.type
      roleDefinitionId: subscriptionResourceId(roleDefinitions, each.role)
    }
  }
]

resource vaultRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for each in grants.vault: {
    scope: vault
    name: guid(vault.id, each.principal.id, each.role)
    properties: {
      principalId: each.principal.id
      principalType: each.principal.type
      roleDefinitionId: subscriptionResourceId(roleDefinitions, each.role)
    }
  }
]
