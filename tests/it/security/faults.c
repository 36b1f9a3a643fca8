/* Loaded before the C library: lets a process's database files fail as a disk does, for as long as a file of that name lies
 * in the directory FAULTS: `full` (no byte can be written), `torn` (half of it can), `sync` (nothing becomes durable). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static __thread int turn;

static int is_on(const char *fault) {
  const char *directory = getenv("FAULTS");
  char path[PATH_MAX];
  if (directory == NULL) return 0;
  snprintf(path, sizeof path, "%s/%s", directory, fault);
  return access(path, F_OK) == 0;
}

static int is_database(int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return strstr(path, ".db") != NULL;
}

/* How much of a write happens: all of it, half of it, or nothing (-1). */
static ssize_t share(int file, size_t size) {
  int full = is_on("full"), torn = !full && is_on("torn");
  if (!(full || torn) || !is_database(file)) return (ssize_t)size;
  turn = !turn;
  if (torn && turn && size > 1) return (ssize_t)(size / 2);
  errno = ENOSPC;
  return -1;
}

ssize_t write(int file, const void *bytes, size_t size) {
  ssize_t some = share(file, size);
  return some < 0 ? -1 : NEXT(write)(file, bytes, (size_t)some);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  ssize_t some = share(file, size);
  return some < 0 ? -1 : NEXT(pwrite)(file, bytes, (size_t)some, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  ssize_t some = share(file, size);
  return some < 0 ? -1 : NEXT(pwrite64)(file, bytes, (size_t)some, offset);
}

int fsync(int file) {
  if (is_on("sync") && is_database(file)) {
    errno = EIO;
    return -1;
  }
  return NEXT(fsync)(file);
}

int fdatasync(int file) {
  if (is_on("sync") && is_database(file)) {
    errno = EIO;
    return -1;
  }
  return NEXT(fdatasync)(file);
}
