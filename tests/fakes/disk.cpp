// Preloaded by tests/audit_faults: a disk that fails, and a process that is killed, at one chosen call. It counts the
// calls that concern $FAKE_DISK_FOLDER, by path or by what the descriptor is open on. The product has no such switch.
//
//   FAKE_DISK_KILL_BEFORE=N  FAKE_DISK_KILL_AFTER=N   SIGKILL, with the Nth call not made, or made
//   FAKE_DISK_FAIL=N:ENOSPC                           the Nth call fails
//   FAKE_DISK_FAIL_ALL_FROM=N:EIO                     so do all from the Nth on
//   FAKE_DISK_FAIL_CALL=fsync:EIO:N                   the Nth fsync fails; without N, each of them
//   FAKE_DISK_SHORT=N                                 the Nth write writes half
//   FAKE_DISK_NO_TMPFILE=1                            a file system without O_TMPFILE
//   FAKE_DISK_LOG=FILE                                a line for each: number, name, path, beginning of what is written
//   FAKE_DISK_WATCH=FILE                              writes to it are logged too, as number 0, and not counted
//   FAKE_DISK_SIGNAL=N:NUMBER                         raises the signal after the Nth call, and goes on
//   FAKE_DISK_READS=1                                 read, pread, readdir and fstat count as well
//   FAKE_DISK_POWER_LOSS=1                            with a kill: what was not flushed is lost before
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

// The kernel itself, past every other library that stands in between.
template <typename... Args>
long real(long number, Args... args) {
    return ::syscall(number, args...);
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

int errno_of(const std::string& word) {
    const std::map<std::string, int> known{{"ENOSPC", ENOSPC}, {"EIO", EIO},     {"EDQUOT", EDQUOT},
                                           {"ENOLCK", ENOLCK}, {"EROFS", EROFS}, {"EACCES", EACCES},
                                           {"EMFILE", EMFILE}};
    const auto found = known.find(word);
    if (found == known.end()) ::abort();  // a test that is spelled wrong must not pass
    return found->second;
}

std::string part(const std::string& text, int number) {
    std::size_t at = 0;
    for (; number > 0; --number) {
        const auto colon = text.find(':', at);
        if (colon == std::string::npos) return "";
        at = colon + 1;
    }
    return text.substr(at, text.find(':', at) - at);
}

struct Plan {
    std::string folder = variable("FAKE_DISK_FOLDER"), watch = variable("FAKE_DISK_WATCH");
    std::string fail = variable("FAKE_DISK_FAIL"), from = variable("FAKE_DISK_FAIL_ALL_FROM"),
                call = variable("FAKE_DISK_FAIL_CALL"), signal = variable("FAKE_DISK_SIGNAL");
    int kill_before = std::atoi(variable("FAKE_DISK_KILL_BEFORE").c_str());
    int kill_after = std::atoi(variable("FAKE_DISK_KILL_AFTER").c_str());
    int short_write = std::atoi(variable("FAKE_DISK_SHORT").c_str());
    bool no_tmpfile = !variable("FAKE_DISK_NO_TMPFILE").empty();
    bool power_loss = !variable("FAKE_DISK_POWER_LOSS").empty();
    bool reads = !variable("FAKE_DISK_READS").empty();
    int log = -1;
    Plan() {
        const auto file = variable("FAKE_DISK_LOG");
        if (!file.empty())
            log = static_cast<int>(
                real(SYS_openat, AT_FDCWD, file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    }
};

const Plan& plan() {
    static const Plan one;
    return one;
}

std::string path_of(int fd) {
    char target[4096];
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    const auto length = real(SYS_readlinkat, AT_FDCWD, link.c_str(), target, sizeof target);
    return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : "";
}

std::string path_at(int folder, const char* path) {
    if (!path) return "";
    if (path[0] == '/') return path;
    if (folder != AT_FDCWD) return path_of(folder) + "/" + path;
    char here[4096];
    const auto length = real(SYS_getcwd, here, sizeof here);
    return length > 1 ? std::string(here, static_cast<std::size_t>(length) - 1) + "/" + path : path;
}

bool concerns(const std::string& path) {
    const auto& folder = plan().folder;
    return !folder.empty() && path.rfind(folder, 0) == 0 &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

// What a power cut would take back: bytes that were not flushed, and names that their folder was not flushed for.
class Cut {
public:
    // Sizes are by inode: the file may have other descriptors, or no name.
    void wrote(int fd, off_t before) {
        struct stat status {};
        if (::fstat(fd, &status) != 0) return;
        const std::lock_guard lock(mutex_);
        if (files_.count(status.st_ino) == 0) files_[status.st_ino] = {dup_of(fd), before};
    }
    void flushed(int fd) {
        struct stat status {};
        if (::fstat(fd, &status) != 0) return;
        const std::lock_guard lock(mutex_);
        if (const auto found = files_.find(status.st_ino); found != files_.end()) {
            real(SYS_close, found->second.fd);
            files_.erase(found);
        }
        std::vector<Name> left;
        for (auto& name : names_) {
            if (name.folder_ino != status.st_ino)
                left.push_back(name);
            else
                forget(name);
        }
        names_ = std::move(left);
    }
    // Before a name is made, moved away or replaced. What is under it now is kept aside to be put back.
    void renaming(int folder, const char* name) {
        struct stat status {};
        if (::fstat(folder, &status) != 0) return;
        Name one{status.st_ino, dup_of(folder), name, ""};
        const std::lock_guard lock(mutex_);
        const auto aside = ".cut-" + std::to_string(::getpid()) + "-" + std::to_string(names_.size());
        if (real(SYS_linkat, folder, name, folder, aside.c_str(), 0) == 0) one.aside = aside;
        names_.push_back(std::move(one));
    }
    void happens() {
        const std::lock_guard lock(mutex_);
        for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
            real(SYS_unlinkat, name->folder, name->name.c_str(), 0);
            if (!name->aside.empty())
                real(SYS_renameat2, name->folder, name->aside.c_str(), name->folder, name->name.c_str(), 0);
        }
        for (const auto& [ino, file] : files_) real(SYS_ftruncate, file.fd, file.size);
    }
    ~Cut() {
        for (const auto& name : names_) forget(name);
    }

private:
    struct File {
        int fd;
        off_t size;
    };
    struct Name {
        ino_t folder_ino;
        int folder;
        std::string name, aside;
    };
    static int dup_of(int fd) { return static_cast<int>(real(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 500)); }
    static void forget(const Name& name) {
        if (!name.aside.empty()) real(SYS_unlinkat, name.folder, name.aside.c_str(), 0);
        real(SYS_close, name.folder);
    }
    std::mutex mutex_;
    std::map<ino_t, File> files_;
    std::vector<Name> names_;
};

Cut& cut() {
    static Cut one;
    return one;
}

[[noreturn]] void die() {
    if (plan().power_loss) cut().happens();
    ::kill(::getpid(), SIGKILL);
    while (true) ::pause();
}

// One line, whole: other threads write as well.
void note(int number, const char* name, const std::string& path, const std::string& bytes) {
    if (plan().log < 0) return;
    auto line = std::to_string(number) + "\t" + name + "\t" + path + "\t" + bytes.substr(0, 100);
    for (auto& c : line)
        if (c == '\n' || c == '\0') c = ' ';
    line += '\n';
    real(SYS_write, plan().log, line.data(), line.size());
}

// The error that this call is to end with, or 0.
int fault(int number, const std::string& name) {
    static std::atomic<int> of_kind{0};
    const auto& now = plan();
    if (!now.fail.empty() && std::stoi(now.fail) == number) return errno_of(part(now.fail, 1));
    if (!now.from.empty() && number >= std::stoi(now.from)) return errno_of(part(now.from, 1));
    if (!now.call.empty() && part(now.call, 0) == name) {
        const auto which = part(now.call, 2);
        if (++of_kind == std::atoi(which.c_str()) || which.empty()) return errno_of(part(now.call, 1));
    }
    return 0;
}

std::atomic<int> count{0};

template <typename Call>
long counted(const char* name, const std::string& path, const Call& call, const std::string& bytes = "") {
    const int number = ++count;
    note(number, name, path, bytes);
    if (number == plan().kill_before) die();
    long result = -1;
    int error = fault(number, name);
    if (error == 0) {
        result = call();
        error = errno;
    } else if (std::strcmp(name, "close") == 0) {
        call();  // a close that fails has closed all the same
    }
    if (number == plan().kill_after) die();
    if (!plan().signal.empty() && std::stoi(plan().signal) == number) ::raise(std::stoi(part(plan().signal, 1)));
    errno = error;
    return result;
}

int open_at(const char* name, int folder, const char* path, int flags, unsigned mode) {
    const auto call = [&] { return real(SYS_openat, folder, path, flags, mode); };
    const auto full = path_at(folder, path);
    if (!concerns(full)) return static_cast<int>(call());
    if (plan().no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (plan().power_loss && (flags & O_CREAT) != 0 && folder != AT_FDCWD) cut().renaming(folder, path);
    return static_cast<int>(counted(name, full, call));
}

unsigned mode_of(int flags, va_list rest) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, unsigned) : 0;
}

// A call on a descriptor, if it is one of the folder.
template <typename Call>
long on_fd(const char* name, int fd, const Call& call) {
    const auto path = path_of(fd);
    return concerns(path) ? counted(name, path, call) : call();
}

// One that only reads.
template <typename Call>
long reading(const char* name, int fd, const Call& call) {
    return plan().reads ? on_fd(name, fd, call) : call();
}

ssize_t read_from(int fd, void* bytes, std::size_t size) {
    return reading("read", fd, [&] { return real(SYS_read, fd, bytes, size); });
}
ssize_t read_at(int fd, void* bytes, std::size_t size, off_t at) {
    return reading("pread", fd, [&] { return real(SYS_pread64, fd, bytes, size, at); });
}
int look_at(int fd, void* status) {
    return static_cast<int>(reading("fstat", fd, [&] { return real(SYS_fstat, fd, status); }));
}

// The next entry, by the library's own function: only it knows what a DIR is. errno tells an error from the end, and
// must stay what it was at the end.
template <typename Entry>
Entry* next_of(DIR* dir, const char* function) {
    const int before = errno;
    Entry* entry = nullptr;
    reading("readdir", ::dirfd(dir), [&] {
        errno = before;
        entry = reinterpret_cast<Entry* (*)(DIR*)>(dlsym(RTLD_NEXT, function))(dir);
        return 0L;
    });
    return entry;
}

template <typename Call>
long on_path(const char* name, int folder, const char* path, const Call& call) {
    const auto full = path_at(folder, path);
    return concerns(full) ? counted(name, full, call) : call();
}

long write_at(const char* name, int fd, const void* bytes, std::size_t size, off_t at) {
    const auto call = [&](std::size_t most) {
        return at < 0 ? real(SYS_write, fd, bytes, most) : real(SYS_pwrite64, fd, bytes, most, at);
    };
    const auto path = path_of(fd);
    const auto begin = [&] { return std::string(static_cast<const char*>(bytes), size < 100 ? size : 100); };
    if (!plan().watch.empty() && path == plan().watch) note(0, name, path, begin());
    if (!concerns(path)) return call(size);
    static std::atomic<int> writes{0};
    const bool half = ++writes == plan().short_write && size > 1;
    struct stat status {};
    if (plan().power_loss && ::fstat(fd, &status) == 0) cut().wrote(fd, status.st_size);
    return counted(
        name, path, [&] { return call(half ? size / 2 : size); }, begin());
}

long flush(const char* name, long number, int fd) {
    return on_fd(name, fd, [&] {
        const auto result = real(number, fd);
        if (plan().power_loss && result == 0) cut().flushed(fd);
        return result;
    });
}

}  // namespace

extern "C" {

#define OPEN(name)                                           \
    int name(const char* path, int flags, ...) {             \
        va_list rest;                                        \
        va_start(rest, flags);                               \
        const unsigned mode = mode_of(flags, rest);          \
        va_end(rest);                                        \
        return open_at("open", AT_FDCWD, path, flags, mode); \
    }
#define OPENAT(name)                                         \
    int name(int folder, const char* path, int flags, ...) { \
        va_list rest;                                        \
        va_start(rest, flags);                               \
        const unsigned mode = mode_of(flags, rest);          \
        va_end(rest);                                        \
        return open_at("openat", folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
// What a hardened build calls where there is no mode.
int __open_2(const char* path, int flags) { return open_at("open", AT_FDCWD, path, flags, 0); }
int __open64_2(const char* path, int flags) { return open_at("open", AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char* path, int flags) { return open_at("openat", folder, path, flags, 0); }
int __openat64_2(int folder, const char* path, int flags) { return open_at("openat", folder, path, flags, 0); }

ssize_t write(int fd, const void* bytes, size_t size) { return write_at("write", fd, bytes, size, -1); }
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { return write_at("pwrite", fd, bytes, size, at); }
ssize_t read(int fd, void* bytes, size_t size) { return read_from(fd, bytes, size); }
ssize_t __read_chk(int fd, void* bytes, size_t size, size_t) { return read_from(fd, bytes, size); }
ssize_t pread(int fd, void* bytes, size_t size, off_t at) { return read_at(fd, bytes, size, at); }
ssize_t pread64(int fd, void* bytes, size_t size, off64_t at) { return read_at(fd, bytes, size, at); }
ssize_t __pread_chk(int fd, void* bytes, size_t size, off_t at, size_t) { return read_at(fd, bytes, size, at); }
ssize_t __pread64_chk(int fd, void* bytes, size_t size, off64_t at, size_t) { return read_at(fd, bytes, size, at); }
int fstat(int fd, struct stat* status) noexcept { return look_at(fd, status); }
int fstat64(int fd, struct stat64* status) noexcept { return look_at(fd, status); }
dirent* readdir(DIR* dir) { return next_of<dirent>(dir, "readdir"); }
dirent64* readdir64(DIR* dir) { return next_of<dirent64>(dir, "readdir64"); }
int fsync(int fd) { return static_cast<int>(flush("fsync", SYS_fsync, fd)); }
int fdatasync(int fd) { return static_cast<int>(flush("fdatasync", SYS_fdatasync, fd)); }
int close(int fd) {
    return static_cast<int>(on_fd("close", fd, [&] { return real(SYS_close, fd); }));
}
int fallocate(int fd, int mode, off_t at, off_t size) {
    return static_cast<int>(on_fd("fallocate", fd, [&] { return real(SYS_fallocate, fd, mode, at, size); }));
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) { return fallocate(fd, mode, at, size); }
int flock(int fd, int what) noexcept {
    return static_cast<int>(on_fd("flock", fd, [&] { return real(SYS_flock, fd, what); }));
}
int fchmod(int fd, mode_t mode) noexcept {
    return static_cast<int>(on_fd("fchmod", fd, [&] { return real(SYS_fchmod, fd, mode); }));
}
int linkat(int from, const char* old, int folder, const char* path, int flags) noexcept {
    if (plan().power_loss && concerns(path_at(folder, path))) cut().renaming(folder, path);
    return static_cast<int>(
        on_path("linkat", folder, path, [&] { return real(SYS_linkat, from, old, folder, path, flags); }));
}
int renameat(int from, const char* old, int folder, const char* path) noexcept {
    if (plan().power_loss && concerns(path_at(folder, path))) {
        cut().renaming(from, old);
        cut().renaming(folder, path);
    }
    return static_cast<int>(
        on_path("renameat", folder, path, [&] { return real(SYS_renameat2, from, old, folder, path, 0); }));
}
int unlinkat(int folder, const char* path, int flags) noexcept {
    if (plan().power_loss && concerns(path_at(folder, path))) cut().renaming(folder, path);
    return static_cast<int>(on_path("unlinkat", folder, path, [&] { return real(SYS_unlinkat, folder, path, flags); }));
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
    return static_cast<int>(on_path("mkdirat", folder, path, [&] { return real(SYS_mkdirat, folder, path, mode); }));
}
int mkdir(const char* path, mode_t mode) noexcept {
    return static_cast<int>(on_path("mkdir", AT_FDCWD, path, [&] { return real(SYS_mkdirat, AT_FDCWD, path, mode); }));
}

}  // extern "C"
