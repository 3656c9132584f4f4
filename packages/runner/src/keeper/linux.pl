# What perl-base has no words for. POSIX would have most of them, and costs each executor 13 ms more to start.
package Linux;
use strict;
use warnings;
use Config;

use constant { PR_SET_CHILD_SUBREAPER => 36, SIG_BLOCK => 0, SIG_SETMASK => 2, CLOEXEC_NONBLOCK => 02004000 };
use constant SIGNALS => (USR1 => 10, USR2 => 12, CHLD => 17);

my %SYSTEM_CALLS = (
    x86_64  => { setsid => 112, prctl => 157, signalfd => 289, sigprocmask => 14,  gettimeofday => 96 },
    aarch64 => { setsid => 157, prctl => 167, signalfd => 74,  sigprocmask => 135, gettimeofday => 169 },
);
my ($machine) = $Config{archname} =~ /^(\w+)/;
my $number = $SYSTEM_CALLS{$machine} or die "processes can be kept on x86_64 and aarch64 only, this is $machine\n";

sub new_session { syscall($number->{setsid}) >= 0 or die "can not leave the session: $!\n" }

# Whoever loses its parent becomes our child instead of init's: no setsid or double fork leads out of the tree.
sub adopt_orphans {
    syscall($number->{prctl}, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or die "can not become a subreaper: $!\n";
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
    my %signals = (SIGNALS);
    my $bits = 0;
    $bits |= 1 << ($_ - 1) for values %signals;
    my $mask = pack 'Q', $bits;
    syscall($number->{sigprocmask}, SIG_BLOCK, $mask, 0, 8) == 0 or die "can not block signals: $!\n";
    my $fd = syscall($number->{signalfd}, -1, $mask, 8, CLOEXEC_NONBLOCK);
    $fd >= 0 or die "can not make a signalfd: $!\n";
    open my $file, '<&=', $fd or die "can not open a signalfd: $!\n";
    return $file;
}

# Which have arrived, each once.
sub arrived {
    my ($file) = @_;
    my %name = reverse SIGNALS;
    my %seen;
    while (sysread $file, my $infos, 128 * 16) {
        $seen{ $name{ unpack 'L', $_ } } = 1 for unpack '(a128)*', $infos;
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
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP PIPE);
    my $none = pack 'Q', 0;
    syscall($number->{sigprocmask}, SIG_SETMASK, $none, 0, 8);
}

# (parent, process group, start time), or nothing for one that is gone. Its name may hold anything, brackets included.
sub stat_of {
    my ($pid) = @_;
    my $stat = contents("/proc/$pid/stat") // return;
    my @fields = split / /, substr $stat, rindex($stat, ')') + 2;
    return @fields[1, 2, 19];
}

sub contents {
    my ($path) = @_;
    open my $file, '<', $path or return;
    local $/;
    return scalar readline $file;
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
    return join ' ', map { s/([^A-Za-z0-9_.\/-])/sprintf '%%%02X', ord $1/ger } @_;
}

sub numbers_in {
    my ($directory) = @_;
    opendir my $entries, $directory or return;
    return grep { /^\d+$/ } readdir $entries;
}

1;
