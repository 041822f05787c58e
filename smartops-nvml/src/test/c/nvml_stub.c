/*
 * A stand-in for libnvidia-ml.so.1 with known answers, so that the real native path can be tested
 * where there is no GPU. Written from the layouts of nvml.h; every structure is asserted below.
 *
 * Variants, chosen by -D:
 *   (none)           everything
 *   STUB_OLD         a driver of long ago: no versioned symbols, no GPM, no fields
 *   STUB_MIDDLE      a driver in between: _v2 of processes and PCI, no _v3, no TemperatureV
 *   STUB_MISMATCH    refuses the versions of versioned structures (code 25)
 *   STUB_LONG        32-byte process entries behind _v3, as the first R535 drivers
 *   STUB_GROWING     process lists that outgrow each count they announce
 *   STUB_ENDLESS     process lists that never stop growing
 *   STUB_HANG        utilisation never answers until stubRelease()
 *   STUB_HANG_INIT   nvmlInit never answers until stubRelease()
 *   STUB_DENIED      every device function answers NO_PERMISSION
 *   STUB_INIT=n      nvmlInit answers n
 *   STUB_EMPTY       a library without any of the symbols
 */
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef unsigned int u;
typedef unsigned long long U;
typedef struct device *h;

#ifdef STUB_EMPTY
int stubNothing(void) { return 0; }
#else

enum { OK = 0, INVALID = 2, UNSUPPORTED = 3, DENIED = 4, NOT_FOUND = 6, SMALL = 7, TIMEOUT = 10,
       MISMATCH = 25, NO_DATA = 21 };

typedef struct { U total, free, used; } memory_v1;
typedef struct { u version; U total, reserved, free, used; } memory_v2;
typedef struct { u gpu, memory; } utilization;
typedef struct { u pid; U used; } process_v1;
typedef struct { u pid; U used; u gi, ci; } process_v2;
typedef struct { u pid; U used; u gi, ci; U confidential; } process_long;
typedef struct { char legacy[16]; u domain, bus, device, id, subsystem; char busId[32]; } pci_v3;
typedef struct { char busId[16]; u domain, bus, device, id, subsystem, unused[4]; } pci_v2;
typedef union { double d; u ui; unsigned long ul; U ull; long long sll; int si; unsigned short us; } value;
typedef struct { U timestamp; value v; } sample;
typedef struct { u pid; U timestamp; u sm, mem, enc, dec; } process_sample;
typedef struct { u id, scope; long long timestamp, latency; u type; int result; value v; } field;
typedef struct { h device; U type, data; u gi, ci; } event_data;
typedef struct { u id; int result; double v; char *shortName, *longName, *unit; } gpm_metric;
typedef struct { u version, n; void *s1, *s2; gpm_metric metrics[333]; } gpm_get;
typedef struct { u version, supported; } gpm_support;
typedef struct { u version, sensor; int celsius; } temperature_v1;
typedef struct { u sm, copy, dec, enc, jpeg, ofa, gi, ci; U mib; } attributes;

#define AT(type, member, offset) _Static_assert(offsetof(type, member) == offset, #type "." #member)
#define SIZE(type, bytes) _Static_assert(sizeof(type) == bytes, #type)
SIZE(memory_v1, 24); AT(memory_v1, free, 8); AT(memory_v1, used, 16);
SIZE(memory_v2, 40); AT(memory_v2, total, 8); AT(memory_v2, reserved, 16);
AT(memory_v2, free, 24); AT(memory_v2, used, 32);
SIZE(utilization, 8); AT(utilization, memory, 4);
SIZE(process_v1, 16); AT(process_v1, used, 8);
SIZE(process_v2, 24); AT(process_v2, gi, 16); AT(process_v2, ci, 20);
SIZE(process_long, 32); AT(process_long, confidential, 24);
SIZE(pci_v3, 68); AT(pci_v3, domain, 16); AT(pci_v3, bus, 20); AT(pci_v3, device, 24);
AT(pci_v3, id, 28); AT(pci_v3, subsystem, 32); AT(pci_v3, busId, 36);
SIZE(pci_v2, 52); AT(pci_v2, domain, 16); AT(pci_v2, subsystem, 32);
SIZE(sample, 16); AT(sample, v, 8);
SIZE(process_sample, 32); AT(process_sample, timestamp, 8); AT(process_sample, sm, 16);
AT(process_sample, mem, 20); AT(process_sample, enc, 24); AT(process_sample, dec, 28);
SIZE(field, 40); AT(field, scope, 4); AT(field, timestamp, 8); AT(field, latency, 16);
AT(field, type, 24); AT(field, result, 28); AT(field, v, 32);
SIZE(event_data, 32); AT(event_data, type, 8); AT(event_data, data, 16);
AT(event_data, gi, 24); AT(event_data, ci, 28);
SIZE(gpm_metric, 40); AT(gpm_metric, result, 4); AT(gpm_metric, v, 8);
AT(gpm_metric, shortName, 16); AT(gpm_metric, unit, 32);
SIZE(gpm_get, 13344); AT(gpm_get, n, 4); AT(gpm_get, s1, 8); AT(gpm_get, s2, 16);
AT(gpm_get, metrics, 24);
SIZE(gpm_support, 8); AT(gpm_support, supported, 4);
SIZE(temperature_v1, 12); AT(temperature_v1, celsius, 8);
SIZE(attributes, 40); AT(attributes, mib, 32);

struct device { u index; const char *uuid, *name; struct device *parent; u bus; };
static struct device devices[3] = {
  {0, "GPU-00000000-aaaa", "Stub GPU", 0, 0x17},
  {1, "GPU-11111111-bbbb", "Stub GPU", 0, 0x65},
  {0, "MIG-22222222-cccc", "Stub GPU MIG 3g.40gb", &devices[1], 0x65},
};

static volatile int initialised = 0;
static volatile int released = 0;
void stubRelease(void) { released = 1; }
int stubInitialised(void) { return initialised; }
__attribute__((unused)) static void hang(void) { while (!released) usleep(1000); }

static int text(char *to, u capacity, const char *from) {
  if (strlen(from) + 1 > capacity) return SMALL;
  strcpy(to, from);
  return OK;
}

#ifdef STUB_DENIED
#define GUARD(d) do { (void)(d); return DENIED; } while (0)
#else
#define GUARD(d) do { if (!initialised) return 1; if (!(d)) return INVALID; } while (0)
#endif

static int init(void) {
#ifdef STUB_HANG_INIT
  hang();
#endif
#ifdef STUB_INIT
  return STUB_INIT;
#endif
  initialised++;
  return OK;
}
int nvmlInit(void) { return init(); }
const char *nvmlErrorString(int code) {
  return code == 4242 ? "A code of the day after tomorrow" : "Something known";
}
int nvmlInitWithFlags(u flags) {
#ifdef STUB_INIT
  if (STUB_INIT != 28 || flags != 1) return INVALID;
  initialised++;
  return OK;
#else
  return flags ? INVALID : init();
#endif
}
int nvmlShutdown(void) { if (initialised) initialised--; return OK; }
int nvmlSystemGetDriverVersion(char *to, u n) { return text(to, n, "550.54.15"); }
int nvmlSystemGetNVMLVersion(char *to, u n) { return text(to, n, "12.550.54.15"); }
int nvmlSystemGetCudaDriverVersion(int *v) { *v = 12040; return OK; }
int nvmlDeviceGetCount(u *n) { *n = 2; return initialised ? OK : 1; }
int nvmlDeviceGetHandleByIndex(u i, h *d) {
  if (!initialised) return 1;
  if (i > 1) return INVALID;
  *d = &devices[i];
  return OK;
}
int nvmlDeviceGetHandleByUUID(const char *uuid, h *d) {
  for (int i = 0; i < 3; i++)
    if (!strcmp(devices[i].uuid, uuid)) { *d = &devices[i]; return OK; }
  return NOT_FOUND;
}
int nvmlDeviceGetHandleByPciBusId(const char *id, h *d) {
  if (strcmp(id, "00000000:65:00.0")) return NOT_FOUND;
  *d = &devices[1];
  return OK;
}
int nvmlDeviceGetName(h d, char *to, u n) { GUARD(d); return text(to, n, d->name); }
int nvmlDeviceGetUUID(h d, char *to, u n) { GUARD(d); return text(to, n, d->uuid); }
int nvmlDeviceGetSerial(h d, char *to, u n) { GUARD(d); return text(to, n, "1320000000001"); }
int nvmlDeviceGetMemoryInfo(h d, memory_v1 *m) {
  GUARD(d);
  m->total = 85520809984ULL; m->free = 84000000000ULL; m->used = 1520809984ULL;
  return OK;
}
int nvmlDeviceGetUtilizationRates(h d, utilization *r) {
  GUARD(d);
#ifdef STUB_HANG
  hang();
#endif
  if (d->parent) return UNSUPPORTED;
  r->gpu = 87; r->memory = 41;
  return OK;
}
int nvmlDeviceGetTemperature(h d, u sensor, u *celsius) {
  GUARD(d);
  if (sensor) return INVALID;
  *celsius = 64;
  return OK;
}
int nvmlDeviceGetPowerUsage(h d, u *mw) { GUARD(d); *mw = 312345; return OK; }
int nvmlDeviceGetFanSpeed(h d, u *percent) { GUARD(d); *percent = 33; return OK; }
int nvmlDeviceGetCurrentClocksThrottleReasons(h d, U *mask) { GUARD(d); *mask = 0x44; return OK; }
static int reached(u *n, u have) { u room = *n; *n = have; return room < have ? SMALL : OK; }

#ifdef STUB_OLD
int nvmlDeviceGetComputeRunningProcesses(h d, u *n, process_v1 *p) {
  GUARD(d);
  if (reached(n, 2)) return SMALL;
  p[0] = (process_v1){4001, 1000};
  p[1] = (process_v1){4002, ULLONG_MAX};
  return OK;
}
#else
int nvmlInit_v2(void) { return init(); }
int nvmlDeviceGetCount_v2(u *n) { return nvmlDeviceGetCount(n); }
int nvmlDeviceGetHandleByIndex_v2(u i, h *d) { return nvmlDeviceGetHandleByIndex(i, d); }
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, h *d) {
  return nvmlDeviceGetHandleByPciBusId(id, d);
}
int nvmlDeviceGetMemoryInfo_v2(h d, memory_v2 *m) {
  GUARD(d);
#ifdef STUB_MISMATCH
  return MISMATCH;
#endif
  if (m->version != 0x02000028) return MISMATCH;
  m->total = 85520809984ULL; m->reserved = 500000000ULL;
  m->free = 84000000000ULL; m->used = 1020809984ULL;
  return OK;
}
#ifndef STUB_MIDDLE
int nvmlDeviceGetTemperatureV(h d, temperature_v1 *t) {
  GUARD(d);
#ifdef STUB_MISMATCH
  return MISMATCH;
#endif
  if (t->version != 0x0100000C || t->sensor) return MISMATCH;
  t->celsius = -3;
  return OK;
}
#endif
int nvmlDeviceGetCurrentClocksEventReasons(h d, U *mask) { GUARD(d); *mask = 0x5; return OK; }
int nvmlDeviceGetFanSpeed_v2(h d, u fan, u *percent) { GUARD(d); *percent = 50 + fan; return OK; }

#define NUMBER(name, type, n) int name(h d, type *v) { GUARD(d); *v = n; return OK; }
NUMBER(nvmlDeviceGetIndex, u, d->index)
NUMBER(nvmlDeviceGetMinorNumber, u, 7)
NUMBER(nvmlDeviceGetArchitecture, u, 9)
NUMBER(nvmlDeviceGetBrand, u, 14)
NUMBER(nvmlDeviceGetNumGpuCores, u, 16896)
NUMBER(nvmlDeviceGetEnforcedPowerLimit, u, 700000)
NUMBER(nvmlDeviceGetPowerManagementLimit, u, 650000)
NUMBER(nvmlDeviceGetPowerManagementDefaultLimit, u, 690000)
NUMBER(nvmlDeviceGetTotalEnergyConsumption, U, 0x123456789AULL)
NUMBER(nvmlDeviceGetPerformanceState, u, d->index ? 32 : 2)
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, u, 4)
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, u, 8)
NUMBER(nvmlDeviceGetMaxPcieLinkGeneration, u, 5)
NUMBER(nvmlDeviceGetMaxPcieLinkWidth, u, 16)
NUMBER(nvmlDeviceGetPcieReplayCounter, u, 11)
NUMBER(nvmlDeviceGetNumFans, u, 2)
NUMBER(nvmlDeviceGetMaxMigDeviceCount, u, d->index ? 7 : 0)
NUMBER(nvmlDeviceGetSupportedEventTypes, U, 0x1D)

int nvmlDeviceGetCudaComputeCapability(h d, int *major, int *minor) {
  GUARD(d); *major = 9; *minor = 1; return OK;
}
#ifdef STUB_MIDDLE
typedef pci_v2 pci_info;
#define nvmlDeviceGetPciInfo_v3 nvmlDeviceGetPciInfo_v2
#define nvmlDeviceGetComputeRunningProcesses_v3 nvmlDeviceGetComputeRunningProcesses_v2
#define nvmlDeviceGetGraphicsRunningProcesses_v3 nvmlDeviceGetGraphicsRunningProcesses_v2
#define nvmlDeviceGetMPSComputeRunningProcesses_v3 nvmlDeviceGetMPSComputeRunningProcesses_v2
#else
typedef pci_v3 pci_info;
#endif
int nvmlDeviceGetPciInfo_v3(h d, pci_info *p) {
  GUARD(d);
  p->domain = 0; p->bus = d->bus; p->device = 0; p->id = 0x233010DE; p->subsystem = 0x16C110DE;
  return OK;
}
int nvmlDeviceGetBAR1MemoryInfo(h d, memory_v1 *m) {
  GUARD(d); m->total = 1000; m->free = 900; m->used = 100; return OK;
}
#define ENGINE(name, percent, period) \
  int name(h d, u *p, u *us) { GUARD(d); *p = percent; *us = period; return OK; }
ENGINE(nvmlDeviceGetEncoderUtilization, 11, 167000)
ENGINE(nvmlDeviceGetDecoderUtilization, 12, 167001)
ENGINE(nvmlDeviceGetJpgUtilization, 13, 167002)
ENGINE(nvmlDeviceGetOfaUtilization, 14, 167003)
int nvmlDeviceGetSamples(h d, u type, U last, u *valueType, u *n, sample *s) {
  GUARD(d);
  if (last > 100) return NOT_FOUND;
  *valueType = type == 0 ? 1 : 0;
  if (reached(n, 120)) return SMALL;
  for (u i = 0; i < 120; i++) {
    s[i].timestamp = 1000 + i;
    if (type == 0) s[i].v.ui = 300000 + i; else s[i].v.d = 0.5 + i;
  }
  return OK;
}
int nvmlDeviceGetTemperatureThreshold(h d, u type, u *celsius) {
  GUARD(d);
  if (type == 7) return 4242;
  if (type > 3) return UNSUPPORTED;
  *celsius = 80 + type;
  return OK;
}
int nvmlDeviceGetPowerManagementLimitConstraints(h d, u *min, u *max) {
  GUARD(d); *min = 200000; *max = 710000; return OK;
}
int nvmlDeviceGetClockInfo(h d, u type, u *mhz) { GUARD(d); *mhz = 1000 + type; return OK; }
int nvmlDeviceGetMaxClockInfo(h d, u type, u *mhz) { GUARD(d); *mhz = 2000 + type; return OK; }
int nvmlDeviceGetPcieThroughput(h d, u direction, u *kb) { GUARD(d); *kb = 777 + direction; return OK; }
int nvmlDeviceGetEccMode(h d, u *current, u *pending) { GUARD(d); *current = 1; *pending = 0; return OK; }
int nvmlDeviceGetTotalEccErrors(h d, u type, u counter, U *n) {
  GUARD(d); *n = 0x100000000ULL + type * 10 + counter; return OK;
}
int nvmlDeviceGetMemoryErrorCounter(h d, u type, u counter, u location, U *n) {
  GUARD(d); *n = type * 100 + counter * 10 + location; return OK;
}
int nvmlDeviceGetRemappedRows(h d, u *corrected, u *uncorrected, u *pending, u *failed) {
  GUARD(d); *corrected = 3; *uncorrected = 4; *pending = 1; *failed = 0; return OK;
}

#ifdef STUB_LONG
int nvmlDeviceGetConfComputeMemSizeInfo(h d, void *p) { (void)d; (void)p; return UNSUPPORTED; }
typedef process_long process;
#else
int nvmlDeviceGetConfComputeMemSizeInfo(h d, void *p) { (void)d; (void)p; return UNSUPPORTED; }
int nvmlDeviceGetRunningProcessDetailList(h d, void *p) { (void)d; (void)p; return UNSUPPORTED; }
typedef process_v2 process;
#endif
#ifdef STUB_GROWING
static u processes = 40;
#else
static u processes = 2;
#endif
int nvmlDeviceGetComputeRunningProcesses_v3(h d, u *n, process *p) {
  GUARD(d);
#ifdef STUB_GROWING
  if (*n < processes) { *n = processes; processes += 60; return SMALL; }
#endif
#ifdef STUB_ENDLESS
  processes = *n + 1;
#endif
  if (reached(n, processes)) return SMALL;
  memset(p, 0, processes * sizeof *p);
  for (u i = 0; i < processes; i++) { p[i].pid = 5001 + i; p[i].used = 1000 + i; p[i].gi = p[i].ci = UINT_MAX; }
  p[1].gi = 2; p[1].ci = 0;
  return OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(h d, u *n, process *p) {
  GUARD(d); (void)p; *n = 0; return OK;
}
int nvmlDeviceGetMPSComputeRunningProcesses_v3(h d, u *n, process *p) {
  GUARD(d);
  if (reached(n, 1)) return SMALL;
  p[0].pid = 6001; p[0].used = ULLONG_MAX; p[0].gi = p[0].ci = UINT_MAX;
  return OK;
}
int nvmlDeviceGetProcessUtilization(h d, process_sample *s, u *n, U last) {
  GUARD(d);
  if (d->index) return NOT_FOUND;
  if (reached(n, 4)) return SMALL;
  s[0] = (process_sample){5001, 2000, 71, 22, 3, 4};
  s[1] = (process_sample){5002, 2001, 4000000000u, 0, 0, 0};
  s[2] = (process_sample){0, 2002, 1, 1, 1, 1};
  s[3] = (process_sample){5003, last ? last : 1, 1, 1, 1, 1};
  return OK;
}

int nvmlDeviceGetMigMode(h d, u *current, u *pending) {
  GUARD(d);
  if (d->parent) return INVALID;
  *current = *pending = d->index;
  return OK;
}
int nvmlDeviceGetMigDeviceHandleByIndex(h d, u i, h *m) {
  GUARD(d);
  if (d->index != 1 || i != 4) return NOT_FOUND;
  *m = &devices[2];
  return OK;
}
int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(h m, h *d) {
  GUARD(m);
  if (!m->parent) return INVALID;
  *d = m->parent;
  return OK;
}
int nvmlDeviceGetGpuInstanceId(h d, u *id) { GUARD(d); *id = 2; return d->parent ? OK : UNSUPPORTED; }
int nvmlDeviceGetComputeInstanceId(h d, u *id) { GUARD(d); *id = 0; return d->parent ? OK : UNSUPPORTED; }
int nvmlDeviceGetAttributes_v2(h d, attributes *a) {
  GUARD(d);
  if (!d->parent) return UNSUPPORTED;
  *a = (attributes){60, 3, 2, 0, 4, 5, 3, 3, 40448};
  return OK;
}

int nvmlGpmQueryDeviceSupport(h d, gpm_support *s) {
  GUARD(d);
  if (s->version != 1) return MISMATCH;
  s->supported = 1;
  return OK;
}
static struct { U taken; u gi; int live; } gpm[16];
static U gpmClock = 0;
int stubLiveSamples(void) { int n = 0; for (int i = 0; i < 16; i++) n += gpm[i].live; return n; }
int nvmlGpmSampleAlloc(void **s) {
  for (int i = 0; i < 16; i++)
    if (!gpm[i].live) { gpm[i].live = 1; gpm[i].taken = 0; *s = &gpm[i]; return OK; }
  return 20;
}
int nvmlGpmSampleFree(void *s) { ((typeof(&gpm[0]))s)->live = 0; return OK; }
int nvmlGpmSampleGet(h d, void *s) {
  GUARD(d); ((typeof(&gpm[0]))s)->taken = ++gpmClock; ((typeof(&gpm[0]))s)->gi = UINT_MAX; return OK;
}
int nvmlGpmMigSampleGet(h d, u gi, void *s) {
  GUARD(d); ((typeof(&gpm[0]))s)->taken = ++gpmClock; ((typeof(&gpm[0]))s)->gi = gi; return OK;
}
int nvmlGpmMetricsGet(gpm_get *g) {
  typeof(&gpm[0]) a = g->s1, b = g->s2;
  if (g->version != 1) return MISMATCH;
  if (!a->taken || a->taken >= b->taken) return INVALID;
  for (u i = 0; i < g->n; i++) {
    gpm_metric *m = &g->metrics[i];
    m->result = OK; m->v = m->id + 0.25; m->unit = "%";
    if (m->id == 3) m->v = NAN;
    if (m->id == 20) { m->v = 12.5; m->unit = "MiB/s"; }
    if (m->id == 60) m->result = UNSUPPORTED;
    if (m->id == 1) { m->v = b->gi; m->unit = 0; }
  }
  return OK;
}

int nvmlDeviceGetTopologyCommonAncestor(h a, h b, int *level) { GUARD(a); *level = a == b ? 0 : 40; return OK; }
int nvmlDeviceGetP2PStatus(h a, h b, u what, int *status) { GUARD(a); (void)b; *status = what == 2 ? 5 : 0; return OK; }
int nvmlDeviceGetNvLinkState(h d, u link, u *active) {
  GUARD(d);
  if (link > 17) return INVALID;
  *active = link == 0;
  return OK;
}
int nvmlDeviceGetNvLinkVersion(h d, u link, u *version) { GUARD(d); *version = 4 + link; return OK; }
int nvmlDeviceGetNvLinkRemotePciInfo_v2(h d, u link, pci_v3 *p) {
  GUARD(d);
  p->domain = 1; p->bus = 0xC1 + link; p->device = 2; p->id = 0x22A310DE; p->subsystem = 0;
  return OK;
}

static char eventSet;
static u pending = 0;
int stubRaise(u n) { pending = n; return 0; }
int nvmlEventSetCreate(void **set) { *set = &eventSet; return OK; }
int nvmlDeviceRegisterEvents(h d, U types, void *set) {
  GUARD(d);
  return set == &eventSet && !(types & ~0x1DULL) ? OK : UNSUPPORTED;
}
int nvmlEventSetWait_v2(void *set, event_data *data, u ms) {
  if (set != &eventSet || ms) return INVALID;
  if (!pending) return TIMEOUT;
  *data = (event_data){&devices[0], 8, 78 + pending, UINT_MAX, pending == 1 ? 3 : UINT_MAX};
  pending--;
  return OK;
}
int nvmlEventSetFree(void *set) { return set == &eventSet ? OK : INVALID; }

int nvmlDeviceGetFieldValues(h d, int n, field *f) {
  GUARD(d);
  for (int i = 0; i < n; i++) {
    f[i].timestamp = 123456789; f[i].result = OK; f[i].v.ull = 0xFFFFFFFFFFFFFFFFULL;
    switch (f[i].id) {
      case 82: f[i].type = 1; f[i].v.ui = 71; break;
      case 83: f[i].type = 3; f[i].v.ull = 0x123456789AULL; break;
      case 138: f[i].type = 3; f[i].v.ull = f[i].scope; break;
      case 185: f[i].type = 1; f[i].v.ui = 310000; break;
      case 186: f[i].type = 1; f[i].v.ui = 320000; break;
      case 139: f[i].type = 3; f[i].v.ull = 139; break;
      case 193: case 194: case 195: case 196: f[i].type = 5; f[i].v.si = 186 - (int)f[i].id; break;
      case 197: f[i].type = 2; f[i].v.ul = 5000000000UL; break;
      case 198: f[i].type = 4; f[i].v.sll = 6000000000LL; break;
      case 1000: f[i].type = 0; f[i].v.d = 2.5; break;
      case 1001: f[i].type = 6; f[i].v.us = 65535; break;
      default: f[i].result = UNSUPPORTED;
    }
  }
  return OK;
}
#endif
#endif
