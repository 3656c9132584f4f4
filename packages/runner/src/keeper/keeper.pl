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

sub DYING_MS () { 2000 }
sub GLANCE () { 0.02 }
sub RETRY () { 0.5 }

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
    my $socket = eval { launch($self) } or return chomped($@);
    # Who finds that we are dead must find the command as well: it is not executed before this is written.
    my @identities = map { ($_, (Linux::stat_of($_))[2]) } $$, $self->{child};
    remember($self, 'kept', @identities, $boot);
    flush($self) or return "its start can not be written down: $!";
    # Held until here: who gets it after us knows of every run.
    delete $run->{lock};
    syswrite $socket, '.';
    my $problem = '';
    1 while sysread $socket, $problem, 4096, length $problem;
    return if $problem eq '';
    waitpid $self->{child}, 0;
    return chomped($problem);
}

# Makes the child that is going to be the command. By the socket it is told to, and tells why it can not be.
sub launch {
    my ($self) = @_;
    my $run = $self->{run};
    my @outputs = map { Output::prepare($run->{$_}, $run->{console}{$_}, $run->{directory}) } qw(stdout stderr);
    my ($stdout, $stderr) = grep { ref ne 'HASH' } @outputs;
    $self->{streams} = [grep { ref eq 'HASH' } @outputs];
    delete $run->{console};
    socketpair my $ours, my $theirs, Linux::AF_UNIX, Linux::SOCK_STREAM, 0 or die "can not make a socket: $!\n";
    my $child = fork // die "can not fork: $!\n";
    if ($child == 0) {
        close $ours;
        delete $run->{lock};
        eval { become($run, $theirs, $stdout, $stderr) };
        syswrite $theirs, $@;
        Linux::leave(127);
    }
    $self->{child} = $child;
    return $ours;
}

# In the child: becomes the command, or dies of a reason.
sub become {
    my ($run, $socket, $stdout, $stderr) = @_;
    Linux::leave(127) unless sysread $socket, my $go, 1;
    Linux::new_session();
    for my $procs (@{ $run->{cgroups} }) {
        open my $file, '>', $procs or die "can not join the cgroup of $procs: $!\n";
        syswrite $file, '0' or die "can not join the cgroup of $procs: $!\n";
    }
    chdir $run->{directory} or die "can not change to $run->{directory}: $!\n";
    Linux::reopen_as($stdout, 1) or die "can not redirect stdout: $!\n";
    Linux::reopen_as($stderr, 2) or die "can not redirect stderr: $!\n";
    %ENV = @{ $run->{environment} };
    my @command = @{ $run->{command} };
    Linux::as_if_never_touched();
    local $^W = 0;
    exec { $command[0] } @command;
    die "can not execute $command[0]: $!\n";
}

# Until nothing is left of the tree and of what it has written; or nothing that we could end.
sub watch {
    my ($self) = @_;
    for (;;) {
        my $alive = reap($self);
        # With nobody left its end is all there is to tell, and one write tells both.
        flush($self) if $alive || @{ $self->{streams} };
        $self->{forsaken} = $alive && $self->{exited} && !kill_tree($self);
        my $busy = copy($self);
        return if $self->{forsaken} || !($alive || $busy);
        wait_for_something($self, $alive);
        obey($self, Linux::arrived($self->{signals}));
    }
}

# False when there is nobody to wait for any more.
sub reap {
    my ($self) = @_;
    while ((my $pid = waitpid -1, Linux::WNOHANG) != 0) {
        return 0 if $pid < 0;
        next if $pid != $self->{child};
        $self->{exited} = 1;
        remember($self, 'exited', $?);
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
    return 0 unless @{ $self->{streams} };
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
    my $flags = Linux::O_WRONLY | Linux::O_APPEND | Linux::O_CREAT | Linux::O_NOFOLLOW;
    sysopen $self->{runs}, $path, $flags, 0644 or die "can not open $path: $!\n";
}

# A line of `runs`: the sum of its bytes, what happened, to which run, when, and what there is to know about it. It
# begins with a line end, so that a line which was torn off does not spoil the next.
sub note {
    remember(@_);
    flush($_[0]);
}

sub remember {
    my ($self, $what, @facts) = @_;
    my $run = $self->{run};
    my $line = Linux::words($what, $run->{process}, $run->{run}, Linux::now_ms(), @facts);
    push @{ $self->{unwritten} }, sprintf "\n%d %s\n", unpack('%32C*', $line), $line;
}

# A line can wait for room on the disk; what it tells can not be found out again.
sub flush {
    my ($self) = @_;
    my $lines = $self->{unwritten};
    my $count = @$lines && syswrite $self->{runs}, join '', @$lines;
    # What was torn is written again as a whole.
    shift @$lines while @$lines && ($count -= length $lines->[0]) >= 0;
    return !@$lines;
}

# Last words wait for room, unless somebody wants the run to be over all the same: then nobody knows how it ended.
sub settle {
    my ($self) = @_;
    until (flush($self)) {
        select undef, undef, undef, RETRY;
        return if Linux::arrived($self->{signals})->{USR2};
    }
}

sub chomped { $_[0] =~ s/\n\z//r }

1;
