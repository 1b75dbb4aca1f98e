#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ccoreshift_spawn.h"

/// Whether `/proc` tells of the processes that this one knows by the same numbers.
static bool is_own(int proc) {
  char target[16];
  ssize_t length = readlinkat(proc, "self", target, sizeof target - 1);
  if (length <= 0) return false;
  target[length] = 0;
  return atoi(target) == getpid();
}

/// Whether a process, by what its `stat` says, has not ended.
///
/// One whose first thread has ended, and others have not, is shown as a zombie with several.
static bool lives(const char *stat) {
  // The name before may have anything in it, a parenthesis too.
  const char *rest = strrchr(stat, ')');
  char state;
  long threads;
  const char *format =
      " %c %*d %*d %*d %*d %*d"                        // state, parent, group to terminal's group
      " %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"   // flags to nice
      " %ld";                                          // threads
  if (rest == NULL || sscanf(rest + 1, format, &state, &threads) != 2) return false;
  return (state != 'Z' && state != 'X') || threads > 1;
}

/// What a walk has come across.
struct findings {
  bool process_1, ended;
};

/// 1 if the process is of the group and lives, else 0; -errno where nobody may say.
static int look_at(int proc, const char *number, int group, struct findings *findings) {
  int pid = atoi(number);
  if (pid == 1) findings->process_1 = true;
  // Dearer by far is what follows, which only members come to.
  int its_group = getpgid(pid);
  if (its_group < 0) return errno == ESRCH ? 0 : -errno;
  if (its_group != group) return 0;
  char path[32], stat[512];
  snprintf(path, sizeof path, "%.20s/stat", number);
  int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == ESRCH ? 0 : -errno;
  ssize_t length = read(fd, stat, sizeof stat - 1);
  int error = errno;
  close(fd);
  if (length < 0) return error == ESRCH ? 0 : -error;
  stat[length] = 0;
  if (lives(stat)) return 1;
  findings->ended = true;
  return 0;
}

int ccoreshift_group_lives(int group) {
  DIR *directory = opendir("/proc");
  if (directory == NULL) return -errno;
  struct findings findings = {false, false};
  int result = is_own(dirfd(directory)) ? 0 : -ENOTSUP;
  while (result == 0) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      result = -errno;
      break;
    }
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    result = look_at(dirfd(directory), entry->d_name, group, &findings);
  }
  closedir(directory);
  // Mounted with `hidepid`, it hides processes, and so perhaps a member.
  bool is_whole = findings.process_1 && findings.ended;
  return result == 0 && !is_whole ? -ENOTSUP : result;
}
