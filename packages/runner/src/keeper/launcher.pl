#!/usr/bin/perl -w
# Started once per executor: forks a keeper for each run, and holds the locks of the executor's tasks. It is a program
# of its own because a keeper is what it is forked from, and that must be small.
#
# Requests come on stdin: four bytes of length, then fields with a NUL after each. It ends with its stdin.
#
#   lock <task's directory>          is answered by   locked | busy | refused <reason>
#   unlock <task's directory>
#   start <…, see below>             is followed by   ended <directory> <process> <run>, when its keeper has
#
# Answers are lines on stdout. 3 and 4 are the console that commands may write to.
use strict;

BEGIN {
    my ($home) = $0 =~ m{^(.*)/};
    require "$home/$_.pl" for qw(linux output keeper);
}

$0 = 'borealis-launcher';
# Whatever the executor was started with would be open in each command.
Linux::close_inherited(4);
my $signals = Linux::signals_as_file();
my $boot = Linux::contents('/proc/sys/kernel/random/boot_id') // '-';
chomp $boot;
open my $stdout, '>&=', 3 or die "no console: $!\n";
open my $stderr, '>&=', 4 or die "no console: $!\n";
sysopen my $nothing, '/dev/null', Linux::O_RDWR or die "can not open /dev/null: $!\n";
my %console = (stdout => $stdout, stderr => $stderr);
my (%locks, %keeping);
my $input = '';

answer('ready');
for (;;) {
    my $read = '';
    vec($read, fileno $_, 1) = 1 for *STDIN, $signals;
    select $read, undef, undef, undef;
    if (vec $read, fileno $signals, 1) {
        Linux::arrived($signals);
        tell_ended();
    }
    if (vec $read, fileno STDIN, 1) {
        sysread STDIN, $input, 65536, length $input or exit;
        take_requests();
    }
}

sub take_requests {
    while (length $input >= 4) {
        my $length = unpack 'N', $input;
        return if length $input < 4 + $length;
        my ($verb, $task, $rest) = split /\0/, substr($input, 4, $length), 3;
        substr $input, 0, 4 + $length, '';
        if    ($verb eq 'lock')   { answer(lock_task($task)) }
        elsif ($verb eq 'unlock') { delete $locks{$task} }
        elsif ($verb eq 'start')  { start($task, $rest) }
    }
}

sub lock_task {
    my ($task) = @_;
    return ('locked', $task) if $locks{$task};
    sysopen my $directory, $task, Linux::O_RDONLY | Linux::O_DIRECTORY or return ('refused', $task, "$!");
    flock $directory, Linux::LOCK_EX | Linux::LOCK_NB
      or return ($! == Linux::EAGAIN ? 'busy' : 'refused', $task, "$!");
    $locks{$task} = $directory;
    return ('locked', $task);
}

# All of it is taken apart by the keeper: what we write to is copied with the next fork.
sub start {
    my ($task, $rest) = @_;
    my $pid = fork;
    if (!defined $pid) {
        my $reason = "can not fork: $!";
        my $run = run_of($task, $rest);
        eval { Keeper::refuse($run, $reason) };
        return answer('ended', @$run{qw(task process run)});
    }
    if ($pid) {
        $keeping{$pid} = [$task, (split /\0/, $rest, 4)[1, 2]];
        return;
    }
    my $run = run_of($task, $rest);
    @$run{qw(lock console)} = ($locks{$task}, {%console});
    # What we hold open would stay so for as long as the command runs.
    %locks = %console = ();
    ($stdout, $stderr, $input) = ();
    Linux::reopen_as($nothing, $_) or die "can not open /dev/null: $!\n" for 0, 1;
    eval { Keeper::keep($run, $signals, $boot); 1 } or syswrite STDERR, "keeper of $run->{process} $run->{run}: $@";
    Linux::leave(0);
}

sub run_of {
    my ($task, $rest) = @_;
    my @fields = split /\0/, $rest, -1;
    my %run = (task => $task);
    @run{qw(title process run directory)} = splice @fields, 0, 4;
    for my $stream (qw(stdout stderr)) {
        @{ $run{$stream} }{qw(file console bytes backups)} = splice @fields, 0, 4;
    }
    $run{$_} = [splice @fields, 0, shift @fields] for qw(cgroups command environment);
    return \%run;
}

sub tell_ended {
    while ((my $pid = waitpid -1, Linux::WNOHANG) > 0) {
        answer('ended', @{ delete $keeping{$pid} });
    }
}

sub answer {
    my $line = Linux::words(@_) . "\n";
    while ($line ne '') {
        my $count = syswrite STDOUT, $line;
        return unless defined $count;
        substr $line, 0, $count, '';
    }
}
