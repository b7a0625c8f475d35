#include "arguments.h"

#include <cmath>

namespace applevz {

void Arguments::Refuse(const Argument &argument, const std::string &what) {
  if (!ok_) return;
  ok_ = false;
  // A getter of the caller's has thrown already, and that is what the caller wants to see.
  if (env_.IsExceptionPending()) return;
  Napi::TypeError::New(env_, argument.name + " " + what).ThrowAsJavaScriptException();
}

Argument Arguments::Member(const Argument &object, const char *key) {
  Argument member{env_.Undefined(), object.name + "." + key};
  if (!ok_) return member;
  if (!object.value.IsObject()) {
    Refuse(object, "must be an object");
    return member;
  }
  Napi::Value value = object.value.As<Napi::Object>().Get(key);
  if (env_.IsExceptionPending()) {
    ok_ = false;
  } else {
    member.value = value;
  }
  return member;
}

Argument Arguments::Item(const Argument &array, uint32_t index) {
  Argument item{env_.Undefined(), array.name + "[" + std::to_string(index) + "]"};
  if (!ok_) return item;
  Napi::Value value = array.value.As<Napi::Array>().Get(index);
  if (env_.IsExceptionPending()) {
    ok_ = false;
  } else {
    item.value = value;
  }
  return item;
}

uint32_t Arguments::Length(const Argument &array) {
  if (!ok_) return 0;
  if (!array.value.IsArray()) {
    Refuse(array, "must be an array");
    return 0;
  }
  return array.value.As<Napi::Array>().Length();
}

bool Arguments::IsNull(const Argument &argument) const {
  return argument.value.IsNull();
}

bool Arguments::Flag(const Argument &argument) {
  if (!ok_) return false;
  if (!argument.value.IsBoolean()) {
    Refuse(argument, "must be a boolean");
    return false;
  }
  return argument.value.As<Napi::Boolean>().Value();
}

uint64_t Arguments::Whole(const Argument &argument, uint64_t min, uint64_t max) {
  if (!ok_) return min;
  double number = argument.value.IsNumber() ? argument.value.As<Napi::Number>().DoubleValue() : std::nan("");
  // Written so that a NaN fails.
  bool within = number >= static_cast<double>(min) && number <= static_cast<double>(max);
  if (!within || std::trunc(number) != number) {
    Refuse(argument, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  return static_cast<uint64_t>(number);
}

std::string Arguments::Text(const Argument &argument) {
  if (!ok_) return {};
  if (!argument.value.IsString()) {
    Refuse(argument, "must be a string");
    return {};
  }
  std::string text = argument.value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) {
    Refuse(argument, "must not hold a null character");
    return {};
  }
  return text;
}

std::string Arguments::NonEmptyText(const Argument &argument) {
  std::string text = Text(argument);
  if (ok_ && text.empty()) Refuse(argument, "must not be empty");
  return text;
}

std::string Arguments::AbsolutePath(const Argument &argument) {
  std::string path = Text(argument);
  if (ok_ && (path.empty() || path.front() != '/')) Refuse(argument, "must be an absolute path");
  return path;
}

std::string Arguments::Bytes(const Argument &argument) {
  if (!ok_) return {};
  if (argument.value.IsTypedArray()) {
    Napi::TypedArray array = argument.value.As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_uint8_array && array.ByteLength() > 0) {
      Napi::Uint8Array bytes = argument.value.As<Napi::Uint8Array>();
      return std::string(reinterpret_cast<const char *>(bytes.Data()), bytes.ByteLength());
    }
  }
  Refuse(argument, "must be a Uint8Array that is not empty");
  return {};
}

Napi::Function Arguments::Function(const Argument &argument) {
  if (!ok_) return Napi::Function();
  if (!argument.value.IsFunction()) {
    Refuse(argument, "must be a function");
    return Napi::Function();
  }
  return argument.value.As<Napi::Function>();
}

}  // namespace applevz
