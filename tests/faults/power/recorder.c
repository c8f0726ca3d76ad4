/* Writes down what a process writes, flushes and renames under one folder, in the order in which it was asked for.
 *
 * Loaded before a program (LD_PRELOAD), over the real SQLCipher of the released wheel. The folder stands in
 * POWER_FOLDER, the log in POWER_LOG; or a program calls power_begin. One entry: a header of fixed size, the path or paths, the bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 4096

struct entry {
    uint8_t kind;
    uint8_t nothing[3];
    uint32_t path_length;
    uint32_t other_length;
    uint32_t data_length;
    uint64_t inode;
    uint64_t offset;
};

enum { CREATE = 1, WRITE = 2, SYNC = 3, TRUNCATE = 4, UNLINK = 5, RENAME = 6, SYNC_FOLDER = 7 };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char folder[PATH_MAX];
static size_t folder_length;
static int log_fd = -1, is_on = 0;
static long calls_left = 0;
static char *paths[MOST_FILES];
static int is_folder[MOST_FILES];

/* Begins to write down, or, with a number of calls, to end the process by SIGKILL once so many were made. */
void power_begin(const char *where, const char *log, long calls)
{
    if (realpath(where, folder) == NULL)
        return;
    folder_length = strlen(folder);
    if (log != NULL)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    calls_left = calls;
    is_on = 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *where = getenv("POWER_FOLDER"), *log = getenv("POWER_LOG");
    if (where != NULL && log != NULL)
        power_begin(where, log, 0);
}

static int is_ours(const char *path)
{
    return is_on && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0)
        && (strlen(path) < 4 || strcmp(path + strlen(path) - 4, "-shm") != 0);
}

static int whole(const char *path, char *out)
{
    char base[PATH_MAX];
    char *name;
    if (strlen(path) >= PATH_MAX)
        return 0;
    strcpy(base, path);
    name = strrchr(base, '/');
    if (name == NULL) {
        if (getcwd(out, PATH_MAX) == NULL)
            return 0;
        strncat(out, "/", PATH_MAX - strlen(out) - 1);
        strncat(out, path, PATH_MAX - strlen(out) - 1);
        return is_ours(out);
    }
    *name = 0;
    if (realpath(base[0] ? base : "/", out) == NULL)
        return 0;
    if (name[1]) {
        strncat(out, "/", PATH_MAX - strlen(out) - 1);
        strncat(out, name + 1, PATH_MAX - strlen(out) - 1);
    }
    return is_ours(out);
}

static void tell(int kind, uint64_t inode, const char *path, const char *other, uint64_t offset, const void *data,
                 size_t length)
{
    struct entry entry = {0};
    struct iovec parts[4];
    const char *inside = path + (strlen(path) > folder_length ? folder_length + 1 : folder_length);
    const char *there = other == NULL ? "" : other + folder_length + 1;
    entry.kind = (uint8_t)kind;
    entry.inode = inode;
    entry.offset = offset;
    entry.path_length = (uint32_t)strlen(inside);
    entry.other_length = (uint32_t)strlen(there);
    entry.data_length = data == NULL ? 0 : (uint32_t)length;
    parts[0].iov_base = &entry;
    parts[0].iov_len = sizeof entry;
    parts[1].iov_base = (void *)inside;
    parts[1].iov_len = entry.path_length;
    parts[2].iov_base = (void *)there;
    parts[2].iov_len = entry.other_length;
    parts[3].iov_base = (void *)data;
    parts[3].iov_len = entry.data_length;
    if (log_fd >= 0 && syscall(SYS_writev, log_fd, parts, 4) < 0)
        abort();
    if (calls_left > 0 && --calls_left == 0)
        kill(getpid(), SIGKILL);
}

static uint64_t inode_of(int fd)
{
    struct stat found;
    return fstat(fd, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

static void opened(int fd, const char *path, int flags, int was_there)
{
    char full[PATH_MAX];
    struct stat found;
    if (fd < 0 || fd >= MOST_FILES || !whole(path, full) || fstat(fd, &found) != 0)
        return;
    pthread_mutex_lock(&lock);
    free(paths[fd]);
    paths[fd] = strdup(full);
    is_folder[fd] = S_ISDIR(found.st_mode);
    if (!is_folder[fd] && !was_there)
        tell(CREATE, found.st_ino, full, NULL, 0, NULL, 0);
    else if (!is_folder[fd] && (flags & O_TRUNC))
        tell(TRUNCATE, found.st_ino, full, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
}

#define OPEN(name, number)                                                                                             \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        mode_t mode = 0;                                                                                               \
        struct stat before;                                                                                            \
        int fd, was_there = stat(path, &before) == 0;                                                                  \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                                           \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode = va_arg(rest, mode_t);                                                                               \
            va_end(rest);                                                                                              \
        }                                                                                                              \
        fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);                                                    \
        opened(fd, path, flags, was_there);                                                                            \
        return fd;                                                                                                     \
    }
OPEN(open, 0)
OPEN(open64, 1)

#define OPENAT(name)                                                                                                   \
    int name(int at, const char *path, int flags, ...)                                                                 \
    {                                                                                                                  \
        mode_t mode = 0;                                                                                               \
        struct stat before;                                                                                            \
        int fd, was_there = fstatat(at, path, &before, 0) == 0;                                                        \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                                           \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode = va_arg(rest, mode_t);                                                                               \
            va_end(rest);                                                                                              \
        }                                                                                                              \
        fd = (int)syscall(SYS_openat, at, path, flags, mode);                                                          \
        if (at == AT_FDCWD || path[0] == '/')                                                                          \
            opened(fd, path, flags, was_there);                                                                        \
        return fd;                                                                                                     \
    }
OPENAT(openat)
OPENAT(openat64)

static const char *known(int fd)
{
    return fd >= 0 && fd < MOST_FILES ? paths[fd] : NULL;
}

int close(int fd)
{
    if (known(fd) != NULL) {
        pthread_mutex_lock(&lock);
        free(paths[fd]);
        paths[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return (int)syscall(SYS_close, fd);
}

ssize_t write(int fd, const void *data, size_t length)
{
    ssize_t done;
    off_t at;
    if (known(fd) == NULL)
        return syscall(SYS_write, fd, data, length);
    pthread_mutex_lock(&lock);
    at = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    if (fcntl(fd, F_GETFL) & O_APPEND) {
        struct stat found;
        fstat(fd, &found);
        at = found.st_size;
    }
    done = syscall(SYS_write, fd, data, length);
    if (done > 0)
        tell(WRITE, inode_of(fd), known(fd), NULL, (uint64_t)at, data, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

static ssize_t written_at(int fd, const void *data, size_t length, off_t at)
{
    ssize_t done;
    if (known(fd) == NULL)
        return syscall(SYS_pwrite64, fd, data, length, at);
    pthread_mutex_lock(&lock);
    done = syscall(SYS_pwrite64, fd, data, length, at);
    if (done > 0)
        tell(WRITE, inode_of(fd), known(fd), NULL, (uint64_t)at, data, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return written_at(fd, data, length, at); }
ssize_t pwrite64(int fd, const void *data, size_t length, off_t at) { return written_at(fd, data, length, at); }

static int synced(int fd, long call)
{
    int answer = (int)syscall(call, fd);
    if (known(fd) != NULL && answer == 0) {
        pthread_mutex_lock(&lock);
        tell(is_folder[fd] ? SYNC_FOLDER : SYNC, inode_of(fd), known(fd), NULL, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return answer;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int shortened(int fd, off_t size)
{
    int answer;
    pthread_mutex_lock(&lock);
    answer = (int)syscall(SYS_ftruncate, fd, size);
    if (known(fd) != NULL && answer == 0)
        tell(TRUNCATE, inode_of(fd), known(fd), NULL, (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return answer;
}

int ftruncate(int fd, off_t size) { return shortened(fd, size); }
int ftruncate64(int fd, off_t size) { return shortened(fd, size); }

int unlink(const char *path)
{
    char full[PATH_MAX];
    int ours = whole(path, full), answer;
    pthread_mutex_lock(&lock);
    answer = (int)syscall(SYS_unlink, path);
    if (ours && answer == 0)
        tell(UNLINK, 0, full, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return answer;
}

static int renamed(const char *from, const char *to)
{
    char one[PATH_MAX], other[PATH_MAX];
    int ours = whole(from, one) && whole(to, other), answer;
    pthread_mutex_lock(&lock);
    answer = (int)syscall(SYS_rename, from, to);
    if (ours && answer == 0)
        tell(RENAME, 0, one, other, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return answer;
}

int rename(const char *from, const char *to) { return renamed(from, to); }
int renameat(int a, const char *from, int b, const char *to)
{
    return a == AT_FDCWD && b == AT_FDCWD ? renamed(from, to) : (int)syscall(SYS_renameat, a, from, b, to);
}
