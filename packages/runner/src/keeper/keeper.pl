# Keeps one run: the parent of its command, and of everything in its tree that loses its parent.
#
#   forked ──► kept ──► started ──► exited ──► gone
#                │                                 each is a line in the task's `runs`
#                └────► startFailed
#
# It outlives the executor and the launcher. While it is there a run's pid can not become another's, and its exit
# status is not lost; when it is killed nobody knows how the run ends, and the executor ends what is left of it.
#
#   SIGUSR1   SIGTERM to the whole tree
#   SIGUSR2   SIGKILL to the whole tree
package Keeper;
use strict;
use warnings;
use Errno;
use Fcntl qw(:DEFAULT);

use constant { WNOHANG => 1, DYING_MS => 2000, GLANCE => 0.02, RETRY => 0.5 };

sub keep {
    my ($run, $signals, $boot) = @_;
    Linux::new_session();
    Linux::adopt_orphans();
    $0 = "borealis-keeper $run->{title} $run->{process} $run->{run}";
    my $self = { run => $run, signals => $signals, unwritten => [], streams => [], killed => {} };
    open_runs($self);
    if (defined(my $problem = start($self, $boot))) {
        note($self, 'startFailed', $problem);
    }
    else {
        note($self, 'started', $self->{child});
        watch($self);
        note($self, 'problem', $_) for map { Output::problems($_, 1) } @{ $self->{streams} };
        note($self, 'gone', $self->{forsaken} ? sort { $a <=> $b } keys %{ $self->{killed} } : ());
    }
    settle($self);
}

sub refuse {
    my ($run, $reason) = @_;
    my $self = { run => $run, unwritten => [] };
    open_runs($self);
    note($self, 'startFailed', $reason);
}

# Nothing when the command runs, or why it does not.
sub start {
    my ($self, $boot) = @_;
    my $run = $self->{run};
    my ($report, $kept) = eval { launch($self) } or return chomped($@);
    # Who finds that we are dead must find the command as well: it is not executed before this is written.
    my @identities = map { ($_, (Linux::stat_of($_))[2]) } $$, $self->{child};
    note($self, 'kept', @identities, $boot);
    settle($self);
    # Held until here: who gets it after us knows of every run.
    delete $run->{lock};
    syswrite $kept, '.';
    my $problem = '';
    1 while sysread $report, $problem, 4096, length $problem;
    return if $problem eq '';
    waitpid $self->{child}, 0;
    return chomped($problem);
}

# The child that is going to be the command, and waits to be told.
sub launch {
    my ($self) = @_;
    my $run = $self->{run};
    my @outputs = map { Output::prepare($run->{$_}, $run->{console}{$_}) } qw(stdout stderr);
    my ($stdout, $stderr) = grep { ref ne 'HASH' } @outputs;
    $self->{streams} = [grep { ref eq 'HASH' } @outputs];
    delete $run->{console};
    pipe my $wait,   my $kept    or die "can not make a pipe: $!\n";
    pipe my $report, my $failure or die "can not make a pipe: $!\n";
    my $child = fork // die "can not fork: $!\n";
    if ($child == 0) {
        close $kept;
        delete $run->{lock};
        eval { become($run, $wait, $stdout, $stderr) };
        syswrite $failure, $@;
        exit 127;
    }
    $self->{child} = $child;
    return ($report, $kept);
}

# In the child: becomes the command, or dies of a reason.
sub become {
    my ($run, $wait, $stdout, $stderr) = @_;
    exit 127 unless sysread $wait, my $go, 1;
    Linux::new_session();
    for my $procs (@{ $run->{cgroups} }) {
        open my $file, '>', $procs or die "can not join the cgroup of $procs: $!\n";
        syswrite $file, '0' or die "can not join the cgroup of $procs: $!\n";
    }
    chdir $run->{directory} or die "can not change to $run->{directory}: $!\n";
    open STDOUT, '>&', $stdout or die "can not redirect stdout: $!\n";
    open STDERR, '>&', $stderr or die "can not redirect stderr: $!\n";
    %ENV = @{ $run->{environment} };
    my @command = @{ $run->{command} };
    Linux::as_if_never_touched();
    no warnings 'exec';
    exec { $command[0] } @command;
    die "can not execute $command[0]: $!\n";
}

# Until nothing is left of the tree and of what it has written; or nothing that we could end.
sub watch {
    my ($self) = @_;
    for (;;) {
        my $alive = reap($self);
        $self->{forsaken} = $alive && $self->{exited} && !kill_tree($self);
        my $busy = copy($self);
        flush($self);
        return if $self->{forsaken} || !($alive || $busy);
        wait_for_something($self, $alive);
        obey($self, Linux::arrived($self->{signals}));
    }
}

# False when there is nobody to wait for any more.
sub reap {
    my ($self) = @_;
    while ((my $pid = waitpid -1, WNOHANG) != 0) {
        return 0 if $pid < 0;
        next if $pid != $self->{child};
        $self->{exited} = 1;
        note($self, 'exited', $?);
    }
    return 1;
}

# By groups, so that what forks faster than we read is hit as a whole, and again while anything new is found.
# False when all that is left was killed long ago: it is stuck in the kernel, or of a user we may not signal.
sub kill_tree {
    my ($self) = @_;
    my ($now, $group) = (Linux::now_ms(), Linux::tree());
    for my $pid (keys %$group) {
        kill KILL => -$group->{$pid} if $group->{$pid} != $$;
        kill KILL => $pid;
    }
    $self->{killed} = { map { ($_ => $self->{killed}{$_} // $now) } keys %$group };
    return !%$group || grep { $now - $_ < DYING_MS } values %{ $self->{killed} };
}

# Its group at once, so that no shell sees a child of its own end before it, and then each that left the group.
sub terminate_tree {
    my ($self) = @_;
    kill TERM => -$self->{child};
    my $group = Linux::tree();
    kill TERM => grep { $group->{$_} != $self->{child} } keys %$group;
}

# Once the command has ended the rest of its tree is being killed anyway.
sub obey {
    my ($self, $signals) = @_;
    return if $self->{exited};
    kill_tree($self) if $signals->{USR2};
    terminate_tree($self) if $signals->{USR1};
}

# True when something came or is still to be passed on.
sub copy {
    my ($self) = @_;
    my ($busy, $now) = (0, Linux::now_ms());
    for my $stream (@{ $self->{streams} }) {
        # Each gets its turn, or a busy stdout would keep a command waiting that writes to its stderr.
        my $more = $stream->{pending} ne '' || ($stream->{in} && Output::copy($stream, $now));
        Output::to_console($stream, $now);
        $busy ||= $more;
        note($self, 'problem', $_) for Output::problems($stream);
    }
    return $busy;
}

sub wait_for_something {
    my ($self, $alive) = @_;
    my ($read, $write) = ('', '');
    vec($read, fileno $self->{signals}, 1) = 1;
    my @pending = grep { $_->{pending} ne '' } @{ $self->{streams} };
    vec($write, fileno $_->{console}, 1) = 1 for @pending;
    vec($read, fileno $_->{in}, 1) = 1 for grep { $_->{in} && $_->{pending} eq '' } @{ $self->{streams} };
    my $longest = !$alive && !@pending ? 0 : $self->{exited} ? GLANCE : @pending || @{ $self->{unwritten} } ? RETRY : undef;
    select $read, $write, undef, $longest;
}

sub open_runs {
    my ($self) = @_;
    my $path = "$self->{run}{task}/runs";
    sysopen $self->{runs}, $path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0644 or die "can not open $path: $!\n";
}

# A line of `runs`: the sum of its bytes, what happened, to which run, when, and what there is to know about it. It
# begins with a line end, so that a line which was torn off does not spoil the next.
sub note {
    my ($self, $what, @facts) = @_;
    my $run = $self->{run};
    my $line = Linux::words($what, $run->{process}, $run->{run}, Linux::now_ms(), @facts);
    push @{ $self->{unwritten} }, sprintf "\n%d %s\n", unpack('%32C*', $line), $line;
    flush($self);
}

# A line can wait for room on the disk; what it tells can not be found out again.
sub flush {
    my ($self) = @_;
    my $lines = $self->{unwritten};
    while (@$lines) {
        my $count = syswrite $self->{runs}, $lines->[0];
        return 0 unless defined $count && $count == length $lines->[0];
        shift @$lines;
    }
    return 1;
}

sub settle {
    my ($self) = @_;
    select undef, undef, undef, RETRY until flush($self);
}

sub chomped { $_[0] =~ s/\n\z//r }

1;
