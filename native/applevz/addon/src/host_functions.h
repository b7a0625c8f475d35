// The functions of the addon that concern no machine. Plain C++.
#pragma once

#include "node_api_config.h"

namespace applevz {

// Adds hostFacts, bridgeInterfaces, installRosetta, datagramPair, connectDatagram and pipe.
void ExportHostFunctions(Napi::Env env, Napi::Object exports);

}  // namespace applevz
