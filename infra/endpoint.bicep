metadata description = 'A private endpoint: the way from the network to one part of one service, and its name there.'

param networkName string
param subnetId string
param location string
param tags object

@description('The service, and which part of it.')
param serviceId string
param part string

@description('The private zone in which the name of the service is looked up.')
param zoneName string

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' existing = {
  name: networkName
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: zoneName
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: networkName
    location: 'global'
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2025-01-01' = {
  name: '${networkName}-${part}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: part, properties: { privateLinkServiceId: serviceId, groupIds: [part] } }
    ]
  }

  resource names 'privateDnsZoneGroups' = {
    name: 'default'
    properties: { privateDnsZoneConfigs: [{ name: part, properties: { privateDnsZoneId: zone.id } }] }
  }
}
