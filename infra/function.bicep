metadata description = 'The function app, on the Flex Consumption plan.'

param name string
param planName string
param location string
param tags object
param identityId string
param packageUri string
param settings object
@description('Settings that are no part of this template. None of its own can be set so.')
param moreSettings object
param maximumInstances int

@description('The client id with which people sign in; empty: nobody is asked to.')
param signInClientId string

@description('The subnet through which the app reaches what is private; empty: none.')
param subnetId string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      http20Enabled: true
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUri
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
        // Python's default is 1 here, and the first look at the page is dozens of requests.
        triggers: { http: { perInstanceConcurrency: 16 } }
      }
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(moreSettings, settings)
  }

  // Also without sign-in, so that the paths are there when somebody turns it on in the portal.
  resource auth 'config' = {
    name: 'authsettingsV2'
    dependsOn: [appSettings] // two configurations of a site at once are a conflict now and then
    properties: {
      platform: { enabled: !empty(signInClientId) }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
        // Event Grid cannot sign in: it would get 401, and every photo would stop in silence. Nor can a health check.
        excludedPaths: ['/runtime/webhooks/*', '/api/health', '/api/pictures/*'] // events, probes, and links that carry a signature
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: !empty(signInClientId)
          registration: {
            clientId: signInClientId
            openIdIssuer: uri(environment().authentication.loginEndpoint, '${tenant().tenantId}/v2.0')
          }
        }
      }
      login: { tokenStore: { enabled: false } }
      httpSettings: { requireHttps: true }
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    dependsOn: [auth]
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    dependsOn: [ftp]
    properties: { allow: false }
  }
}

output url string = 'https://${site.properties.defaultHostName}'
