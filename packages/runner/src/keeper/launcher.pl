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
use warnings;
use Fcntl qw(:DEFAULT :flock);

BEGIN {
    my ($home) = $0 =~ m{^(.*)/};
    require "$home/$_.pl" for qw(linux output keeper);
}

use constant WNOHANG => 1;

$0 = 'borealis-launcher';
# The executor ends us by closing stdin; whoever signals a whole service must not end what it keeps.
$SIG{$_} = 'IGNORE' for qw(TERM INT HUP PIPE);
# Whatever the executor was started with would be open in each command.
Linux::close_inherited(4);
my $signals = Linux::signals_as_file();
my $boot = Linux::contents('/proc/sys/kernel/random/boot_id') // '-';
chomp $boot;
open my $stdout, '>&=', 3 or die "no console: $!\n";
open my $stderr, '>&=', 4 or die "no console: $!\n";
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
        my ($verb, @fields) = split /\0/, substr($input, 4, $length), -1;
        substr $input, 0, 4 + $length, '';
        pop @fields;
        if    ($verb eq 'lock')   { answer(lock_task(@fields)) }
        elsif ($verb eq 'unlock') { delete $locks{ $fields[0] } }
        elsif ($verb eq 'start')  { start(@fields) }
    }
}

sub lock_task {
    my ($task) = @_;
    return ('locked', $task) if $locks{$task};
    sysopen my $directory, $task, O_RDONLY | O_DIRECTORY or return ('refused', $task, "$!");
    flock $directory, LOCK_EX | LOCK_NB or return ($!{EAGAIN} ? 'busy' : 'refused', $task, "$!");
    $locks{$task} = $directory;
    return ('locked', $task);
}

sub start {
    my @fields = @_;
    my %run;
    @run{qw(task title process run directory)} = splice @fields, 0, 5;
    for my $stream (qw(stdout stderr)) {
        @{ $run{$stream} }{qw(file console bytes backups)} = splice @fields, 0, 4;
    }
    $run{$_} = [splice @fields, 0, shift @fields] for qw(cgroups command environment);

    my $pid = fork;
    if (!defined $pid) {
        eval { Keeper::refuse(\%run, "can not fork: $!") };
        return answer('ended', @run{qw(task process run)});
    }
    if ($pid) {
        $keeping{$pid} = [@run{qw(task process run)}];
        return;
    }
    $run{lock} = $locks{ $run{task} };
    $run{console} = {%console};
    # What we hold open would stay so for as long as the command runs.
    %locks = %console = ();
    ($stdout, $stderr, $input) = ();
    open STDIN,  '<', '/dev/null' or die "can not open /dev/null: $!\n";
    open STDOUT, '>', '/dev/null' or die "can not open /dev/null: $!\n";
    eval { Keeper::keep(\%run, $signals, $boot); 1 } or syswrite STDERR, "keeper of $run{process} $run{run}: $@";
    exit;
}

sub tell_ended {
    while ((my $pid = waitpid -1, WNOHANG) > 0) {
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
