#pragma once

typedef unsigned char Boolean;
