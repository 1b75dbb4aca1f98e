#include "CCoreShift.h"
