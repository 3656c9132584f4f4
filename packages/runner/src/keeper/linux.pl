# What perl has no words for. Fcntl, Errno, Config and warnings would have most of them, and be as large as all that a
# keeper is besides; POSIX would cost each executor 13 ms more to start.
package Linux;
use strict;

sub AF_UNIX () { 1 }
sub SOCK_STREAM () { 1 }
sub O_RDONLY () { 0 }
sub O_WRONLY () { 1 }
sub O_RDWR () { 2 }
sub O_CREAT () { 0100 }
sub O_NOCTTY () { 0400 }
sub O_APPEND () { 02000 }
sub O_NONBLOCK () { 04000 }
sub F_SETFL () { 4 }
sub LOCK_EX () { 2 }
sub LOCK_NB () { 4 }
sub ENOENT () { 2 }
sub EAGAIN () { 11 }
sub WNOHANG () { 1 }

sub PR_SET_CHILD_SUBREAPER () { 36 }
sub SIG_BLOCK () { 0 }
sub SIG_SETMASK () { 2 }
sub CLOEXEC_NONBLOCK () { 02004000 }

my %SIGNALS = (10 => 'USR1', 12 => 'USR2', 17 => 'CHLD');

# HUP, INT, PIPE and TERM. The executor ends the launcher by closing its stdin; whoever signals a whole service must not
# end what it keeps.
my @DEAF_TO = (1, 2, 13, 15);

# As the header of a program says for which machine it is.
sub X86_64 () { 62 }
sub AARCH64 () { 183 }

my %NUMBERS = (
    X86_64, {
        setsid => 112, prctl => 157, signalfd => 289, sigprocmask => 14, gettimeofday => 96, dup3 => 292,
        exit_group => 231, O_DIRECTORY => 0200000, O_NOFOLLOW => 0400000,
    },
    AARCH64, {
        setsid => 157, prctl => 167, signalfd => 74, sigprocmask => 135, gettimeofday => 169, dup3 => 24,
        exit_group => 94, O_DIRECTORY => 040000, O_NOFOLLOW => 0100000,
    },
);
sysopen my $perl, '/proc/self/exe', O_RDONLY or die "can not open /proc/self/exe: $!\n";
sysread $perl, my $header, 20;
close $perl;
my $number = $NUMBERS{ unpack 'x18 v', $header } or die "processes can be kept on x86_64 and aarch64 only\n";

sub O_DIRECTORY () { $number->{O_DIRECTORY} }
sub O_NOFOLLOW () { $number->{O_NOFOLLOW} }

sub new_session { syscall($number->{setsid}) >= 0 or die "can not leave the session: $!\n" }

# Whoever loses its parent becomes our child instead of init's: no setsid or double fork leads out of the tree.
sub adopt_orphans {
    syscall($number->{prctl}, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or die "can not become a subreaper: $!\n";
}

# Perl's own exit visits all that is in memory: each page of it would first have to be copied from whom we were forked.
sub leave {
    my ($status) = @_;
    syscall($number->{exit_group}, $status);
    exit $status;
}

# What is open as the one is open as the other, too; there it stays so when a program is executed.
sub reopen_as {
    my ($file, $fd) = @_;
    return syscall($number->{dup3}, fileno $file, $fd, 0) == $fd;
}

sub now_ms {
    my $time = pack 'qq', 0, 0;
    syscall($number->{gettimeofday}, $time, 0);
    my ($seconds, $micros) = unpack 'qq', $time;
    return $seconds * 1000 + int($micros / 1000);
}

# From here on signals are read from the handle this returns. A handler of perl's would run when the wait for the next
# event is over, and one that arrives just before that wait would be slept through. It holds for a fork as well.
sub signals_as_file {
    my $mask = mask_of(keys %SIGNALS);
    my $blocked = mask_of(keys %SIGNALS, @DEAF_TO);
    syscall($number->{sigprocmask}, SIG_BLOCK, $blocked, 0, 8) == 0 or die "can not block signals: $!\n";
    my $fd = syscall($number->{signalfd}, -1, $mask, 8, CLOEXEC_NONBLOCK);
    $fd >= 0 or die "can not make a signalfd: $!\n";
    open my $file, '<&=', $fd or die "can not open a signalfd: $!\n";
    return $file;
}

sub mask_of {
    my $bits = 0;
    $bits |= 1 << ($_ - 1) for @_;
    return pack 'Q', $bits;
}

# Which have arrived, each once.
sub arrived {
    my ($file) = @_;
    my %seen;
    while (sysread $file, my $infos, 128 * 16) {
        $seen{ $SIGNALS{ unpack 'L', $_ } } = 1 for unpack '(a128)*', $infos;
    }
    return \%seen;
}

sub close_inherited {
    my ($last_of_ours) = @_;
    for my $fd (grep { $_ > $last_of_ours } numbers_in('/proc/self/fd')) {
        open my $file, '<&=', $fd or next;
        close $file;
    }
}

sub as_if_never_touched {
    syscall($number->{sigprocmask}, SIG_SETMASK, mask_of(), 0, 8);
}

# (parent, process group, start time), or nothing for one that is gone. Its name may hold anything, brackets included.
sub stat_of {
    my ($pid) = @_;
    my $stat = contents("/proc/$pid/stat") // return;
    my @fields = split / /, substr($stat, rindex($stat, ')') + 2), 21;
    return @fields[1, 2, 19];
}

# Without a buffer, which is two pages more for each keeper.
sub contents {
    my ($path) = @_;
    sysopen my $file, $path, O_RDONLY or return;
    my $contents = '';
    1 while sysread $file, $contents, 4096, length $contents;
    return $contents;
}

# Everything that descends from us, by process group. Some kernels do not tell a process's children: then all of
# /proc is read, which a thousand keepers should not do at once.
sub tree {
    my %group;
    my @parents = ($$);
    my $children = -e "/proc/$$/task/$$/children" ? \&children_of : all_children();
    while (defined(my $parent = shift @parents)) {
        for my $pid ($children->($parent)) {
            next if exists $group{$pid};
            my (undef, $group) = stat_of($pid) or next;
            $group{$pid} = $group;
            push @parents, $pid;
        }
    }
    return \%group;
}

# Each thread has its own.
sub children_of {
    my ($pid) = @_;
    return map { split ' ', contents("/proc/$pid/task/$_/children") // '' } numbers_in("/proc/$pid/task");
}

sub all_children {
    my %children;
    for my $pid (numbers_in('/proc')) {
        my ($parent) = stat_of($pid) or next;
        push @{ $children{$parent} }, $pid;
    }
    return sub { @{ $children{ $_[0] } // [] } };
}

# Words of one line, whatever is in them.
sub words {
    return join ' ', map { tr{A-Za-z0-9_./-}{}c ? s/([^A-Za-z0-9_.\/-])/sprintf '%%%02X', ord $1/ger : $_ } @_;
}

sub numbers_in {
    my ($directory) = @_;
    opendir my $entries, $directory or return;
    return grep { /^\d+$/ } readdir $entries;
}

1;
