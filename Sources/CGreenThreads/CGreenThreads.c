#include "CGreenThreads.h"
