metadata description = 'The key vault with the one secret there is: the key that clients send, whole, in parts and as a setting.'

param name string
param location string
param tags object

@secure()
@description('Three passwords with hyphens between.')
param apiKey string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // No protection from purging: `azd down --purge` could not free the name, and the key is made anew.
    softDeleteRetentionInDays: 7
  }

  resource key 'secrets' = {
    name: 'api-key'
    properties: { value: apiKey, contentType: 'what clients send as Authorization: Bearer' }
  }

  // What azd made stays the same with every further deployment: secretOrRandomPassword reads it here.
  resource part 'secrets' = [
    for number in range(1, 3): {
      name: 'api-key-${number}'
      properties: { value: split(apiKey, '-')[number - 1], contentType: 'a third of api-key' }
    }
  ]

  resource keys 'secrets' = {
    name: 'api-keys'
    properties: { value: 'deployment:full:${apiKey}', contentType: 'the setting API_KEYS' }
  }
}

output keysUri string = vault::keys.properties.secretUri
