// Spawning through the C library's posix_spawn.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ccoreshift_spawn_child.h"
#include "include/ccoreshift_fault.h"

// Number of descriptors below the highest target that may need closing one by one.
enum { LONGEST_GAP = 4096 };

// posix_spawn does one file action after the other, so a source that a target would overwrite is
// copied in the parent first. The copies are close-on-exec and closed after the spawn.
static int add_mappings(posix_spawn_file_actions_t *actions,
                        const struct ccoreshift_spawn_request *request,
                        struct ccoreshift_spawned *spawned) {
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    struct ccoreshift_spawn_mapping *mapping = &request->mappings[i];
    mapping->from = mapping->source;
    spawned->failed_descriptor = mapping->source;
    int result;
    if (fcntl(mapping->source, F_GETFD) < 0) {
      // Nothing was copied, so there is nothing to close.
      mapping->moved = 0;
      if (!mapping->optional) return -errno;
      result = posix_spawn_file_actions_addclose(actions, mapping->target);
      if (result != 0) return -result;
      continue;
    }
    if (mapping->moved) {
      int above = request->mappings[request->mapping_count - 1].target + 1;
      mapping->from =
        CCORESHIFT_FALLIBLE(fcntl(mapping->source, F_DUPFD_CLOEXEC, above < 3 ? 3 : above));
      if (mapping->from < 0) {
        result = -errno;
        mapping->moved = 0;
        return result;
      }
    }
    result = posix_spawn_file_actions_adddup2(actions, mapping->from, mapping->target);
    // One of the two is beyond the limit, and so the higher one.
    if (result == EBADF && mapping->target > mapping->from)
      spawned->failed_descriptor = mapping->target;
    if (result != 0) return -result;
  }
  return 0;
}

static void close_copies(const struct ccoreshift_spawn_request *request) {
  for (uint32_t i = 0; i < request->mapping_count; i++)
    if (request->mappings[i].moved && request->mappings[i].from > 2)
      close(request->mappings[i].from);
}

static int add_closes(posix_spawn_file_actions_t *actions,
                      const struct ccoreshift_spawn_request *request) {
  int first = (int)request->first_closed, result = 0;
  for (uint32_t i = 0; i < request->mapping_count && result == 0; i++) {
    if (request->mappings[i].target < first) continue;
    if (request->mappings[i].target - first > LONGEST_GAP) return -EINVAL;
    for (; first < request->mappings[i].target && result == 0; first++)
      result = posix_spawn_file_actions_addclose(actions, first);
    first = request->mappings[i].target + 1;
  }
  if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(actions, first);
  return -result;
}

static int set_attributes(posix_spawnattr_t *attributes,
                          const struct ccoreshift_spawn_request *request) {
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  sigset_t everything, nothing;
  // sigfillset leaves out the library's own two, which posix_spawn then sets to be ignored.
  memset(&everything, 0xff, sizeof everything);
  sigemptyset(&nothing);
  if (request->flags & CCORESHIFT_SPAWN_NEW_SESSION) flags |= POSIX_SPAWN_SETSID;
  if (request->flags & CCORESHIFT_SPAWN_SET_GROUP) flags |= POSIX_SPAWN_SETPGROUP;
  int result = posix_spawnattr_setflags(attributes, flags);
  if (result == 0) result = posix_spawnattr_setsigdefault(attributes, &everything);
  if (result == 0) result = posix_spawnattr_setsigmask(attributes, &nothing);
  if (result == 0) result = posix_spawnattr_setpgroup(attributes, request->process_group);
  return -result;
}

static int run(posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
               const struct ccoreshift_spawn_request *request,
               struct ccoreshift_spawned *spawned) {
  char *const *environment = request->environment ? request->environment : environ;
  pid_t pid;
  spawned->failed_step = CCORESHIFT_SPAWN_POSIX_SPAWN;
  int result = -ccoreshift_fault();
  if (result == 0)
    result = posix_spawn(&pid, request->path, actions, attributes, request->arguments, environment);
  if (result != 0) return -result;
  int pidfd = ccoreshift_fault();
  if (pidfd == 0) pidfd = (int)ccoreshift_syscall4(SYS_pidfd_open, pid, 0, 0, 0);
  if (pidfd >= 0) pidfd = ccoreshift_spawn_raise(pidfd);
  if (pidfd < 0) {
    // Out of descriptors: the child would be beyond reach. ESRCH means that it is gone.
    spawned->failed_step = CCORESHIFT_SPAWN_PIDFD_OPEN;
    if (pidfd == -ESRCH) return pidfd;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return pidfd;
  }
  *spawned = (struct ccoreshift_spawned){pid, pidfd, CCORESHIFT_SPAWN_NONE, -1};
  return 0;
}

// Opens a directory for the child to start in, above 2, and checks that it may be entered.
static int open_directory(int base, const char *path) {
  int directory = CCORESHIFT_FALLIBLE(openat(base, path, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory < 0) return -errno;
  if (CCORESHIFT_FALLIBLE(faccessat(directory, ".", X_OK, AT_EACCESS)) == 0)
    return ccoreshift_spawn_raise(directory);
  int error = errno;
  close(directory);
  return -error;
}

// The directory is opened in the parent, so that a missing one is told apart from a missing
// executable. `found` is AT_FDCWD when there is none to go to, which as an errno is ENETDOWN.
static int find_directory(const struct ccoreshift_spawn_request *request,
                          struct ccoreshift_spawned *spawned, int *found) {
  int base = *found = AT_FDCWD;
  if (request->flags & CCORESHIFT_SPAWN_SET_DIRECTORY) {
    spawned->failed_step = CCORESHIFT_SPAWN_FCHDIR;
    spawned->failed_descriptor = request->directory;
    base = open_directory(request->directory, ".");
    if (base < 0) return base;
    *found = base;
  }
  if (request->working_directory == NULL) return 0;
  spawned->failed_step = CCORESHIFT_SPAWN_CHDIR;
  int directory = open_directory(base, request->working_directory);
  if (base >= 0) close(base);
  if (directory < 0) return directory;
  *found = directory;
  return 0;
}

static int with_directory(posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes,
                          const struct ccoreshift_spawn_request *request,
                          struct ccoreshift_spawned *spawned) {
  int directory, result = find_directory(request, spawned, &directory);
  if (result < 0) return result;
  // The directory's number may be a target, so leave it before anything is mapped.
  if (directory >= 0) result = -posix_spawn_file_actions_addfchdir_np(actions, directory);
  spawned->failed_step = CCORESHIFT_SPAWN_DUP;
  if (result == 0) result = add_mappings(actions, request, spawned);
  if (result == 0 && request->flags & CCORESHIFT_SPAWN_CLOSE_OTHERS) {
    spawned->failed_step = CCORESHIFT_SPAWN_CLOSE_RANGE;
    result = add_closes(actions, request);
  }
  if (result == 0) result = run(actions, attributes, request, spawned);
  close_copies(request);
  if (directory >= 0) close(directory);
  return result;
}

int ccoreshift_spawn_posix(const struct ccoreshift_spawn_request *request,
                           struct ccoreshift_spawned *spawned) {
  *spawned = (struct ccoreshift_spawned){-1, -1, CCORESHIFT_SPAWN_DUP, -1};
  int result = ccoreshift_spawn_prepare(request->mappings, request->mapping_count);
  if (result < 0) return result;
  for (uint32_t i = 0; i < request->mapping_count; i++) request->mappings[i].from = -1;

  spawned->failed_step = CCORESHIFT_SPAWN_POSIX_SPAWN;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  result = -posix_spawnattr_init(&attributes);
  if (result < 0) return result;
  result = -posix_spawn_file_actions_init(&actions);
  if (result == 0) {
    result = set_attributes(&attributes, request);
    if (result == 0) result = with_directory(&actions, &attributes, request, spawned);
    posix_spawn_file_actions_destroy(&actions);
  }
  posix_spawnattr_destroy(&attributes);
  return result;
}
