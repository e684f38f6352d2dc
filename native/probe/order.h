// What the parent orders, and what it is told: lib/testing/probe-run.ts writes the one and reads the other.
#ifndef SECCOMP_PROBE_ORDER_H
#define SECCOMP_PROBE_ORDER_H

#include "../canary/ask.h"
#include "../system.h"

enum Watch {
  kNobody = 0,
  kListener = 1,  // somebody receives notifications
  kTracer = 2,    // somebody traces the caller
};

// Where the order lies in memory, so that the parent knows what its pointers are: below 4 GiB, for i386, and far from
// this program, which is linked to a low address.
static const unsigned long kOrderAddress = 0x20000000;

typedef struct {
  Question question;
  uint32_t watch;
  uint32_t filters;   // how many, the descriptors from 5 on
  uint32_t listener;  // which of them gets the listener
  uint32_t flags;     // SECCOMP_FILTER_FLAG_*
  uint32_t unused[12];
} Order;  // then the bytes that arguments point to

enum State {
  kCalling = 1,
  kReturned = 2,
  kTrapped = 3,
  kNotified = 4,
  kTraced = 5,
  kEnded = 6,    // a watched caller, by `status`
  kInstalling = 7,  // the filters aren't all in force
};

typedef struct {
  uint32_t state;
  int32_t caller;    // process id
  int64_t result;
  uint32_t data;     // of TRAP or TRACE
  uint32_t number;   // of the call that was trapped or notified
  uint32_t arch;
  int32_t status;    // as wait4(2) has it
  uint64_t arguments[6];  // as the supervisor gets them
  int32_t descriptor;     // the listener's
  uint32_t ready;         // the tracer is there
  uint32_t unused[10];
} Report;

#endif
