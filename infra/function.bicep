metadata description = 'The function app, on the Flex Consumption plan.'

param name string
param planName string
param location string
param tags object
param identityId string
@description('The identity that vouches for the app when people sign in; empty: none.')
param signInIdentityId string
param packageUri string
param settings object
@description('Settings that are no part of this template. None of its own can be set so.')
param moreSettings object
param maximumInstances int

@description('The client id with which people sign in; empty: nobody is asked to.')
param signInClientId string
@description('Whether they sign in to the app, which then decides whom it lets in, or before they reach it.')
param signsIn bool

@description('Whether the platform tells clients of /mcp where people sign in for them.')
param signsInForMcp bool

@description('The address of the app as clients see it, where that is another one than its own; empty: its own.')
param publicUrl string

@description('The subnet through which the app reaches what is private; empty: none.')
param subnetId string

// A preview: the platform answers /.well-known/oauth-protected-resource, and names Entra ID and this scope there.
var mcpSettings = signsInForMcp
  ? { WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES: 'api://${signInClientId}/user_impersonation' }
  : {}
var publicResource = signsInForMcp && !empty(publicUrl) ? ['${publicUrl}${endsWith(publicUrl, '/') ? '' : '/'}mcp'] : []

// The app asks for a sign-in, or a key of its own: the platform would refuse whoever has a key alone.
var validation = signsIn
  ? { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
  : {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      // Event Grid cannot sign in: it would get 401, and every photo would stop in silence. Nor can a health check.
      // Events, probes, links that carry a signature, and shares with the files of their page.
      excludedPaths: ['/runtime/webhooks/*', '/api/health', '/api/pictures/*', '/s/*', '/api/shared', '/api/shared/*', '/page/*']
    }

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
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: union({ '${identityId}': {} }, empty(signInIdentityId) ? {} : { '${signInIdentityId}': {} })
  }
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
    properties: union(moreSettings, settings, mcpSettings)
  }

  // Also without sign-in, so that the paths are there when somebody turns it on in the portal.
  resource auth 'config' = {
    name: 'authsettingsV2'
    dependsOn: [appSettings] // two configurations of a site at once are a conflict now and then
    properties: {
      platform: { enabled: !empty(signInClientId) }
      globalValidation: validation
      identityProviders: {
        azureActiveDirectory: {
          enabled: !empty(signInClientId)
          registration: {
            clientId: signInClientId
            clientSecretSettingName: signsIn ? 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID' : null
            openIdIssuer: uri(environment().authentication.loginEndpoint, '${tenant().tenantId}/v2.0')
          }
          // Tokens of version 2.0 are for the client id, whatever they were asked for by; those of 1.0 for that name.
          validation: signsIn
            ? {
                allowedAudiences: union(
                  [signInClientId, 'api://${signInClientId}'],
                  signsInForMcp ? ['https://${site.properties.defaultHostName}/mcp'] : [],
                  publicResource
                )
              }
            : null
        }
      }
      // Tokens are not kept: the app needs none of Entra's. A session lasts eight hours, and then people sign in again.
      // Behind a proxy people come back to its address, and what its pages send is no forgery.
      login: {
        tokenStore: { enabled: false }
        allowedExternalRedirectUrls: signsIn && !empty(publicUrl) ? [publicUrl] : []
      }
      httpSettings: {
        requireHttps: true
        forwardProxy: { convention: signsIn && !empty(publicUrl) ? 'Standard' : 'NoProxy' }
      }
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
