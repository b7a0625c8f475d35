#include "applevz_double.h"
#include "initialize-classes.h"

namespace {

void setNumber(napi_env env, napi_value object, const char *name, int value) {
  napi_value number;
  if (napi_create_int32(env, value, &number) == napi_ok) napi_set_named_property(env, object, name, number);
}

napi_value tellCounters(napi_env env, napi_callback_info) {
  napi_value all;
  if (napi_create_object(env, &all) != napi_ok) return nullptr;
  setNumber(env, all, "made", applevz_double_made_machines());
  setNumber(env, all, "alive", applevz_double_live_machines());
  setNumber(env, all, "offQueue", applevz_double_off_queue_calls());
  setNumber(env, all, "exceptions", applevz_double_exceptions());
  return all;
}

}  // namespace

void applevz_double_export(napi_env env, napi_value exports) {
  applevz_double::initializeClasses();
  napi_value hooks;
  napi_value counters;
  if (napi_create_object(env, &hooks) != napi_ok) return;
  if (napi_create_function(env, "counters", NAPI_AUTO_LENGTH, tellCounters, nullptr, &counters) != napi_ok) return;
  napi_set_named_property(env, hooks, "counters", counters);
  napi_set_named_property(env, exports, "double", hooks);
}
