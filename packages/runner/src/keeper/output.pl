# Where a command's output goes. To one place it writes itself, and nobody copies. Only a file that rotates, or a file
# and a console, are fed from a pipe by the keeper:
#
#   command ── pipe ──► copy ──┬──► file, file.1 … file.<backups>
#                              └──► console, at most one chunk behind
#
# A console that takes nothing holds the command back, as a terminal with Ctrl-S does, but not for longer than the
# patience below: then what it does not take at once is left out there. A file that can not be written never holds it
# back: what is lost is counted. Both are told.
package Output;
use strict;

BEGIN {
    my ($home) = __FILE__ =~ m{^(.*)/};
    require "$home/linux.pl";
}

sub CHUNK () { 65536 }
sub PATIENCE_MS () { 5000 }

# Where it says that there is room for any, a socket has room for this much.
sub SURE_TO_FIT () { 4096 }

# What the command is to write to and, when there is something to copy, the stream that is to be given to `copy`.
sub prepare {
    my ($plan, $console, $sandbox) = @_;
    return $console if $plan->{console} && $plan->{file} eq '';
    if ($plan->{file} eq '') {
        open my $nothing, '>', '/dev/null' or die "can not open /dev/null: $!\n";
        return $nothing;
    }
    my ($path, $name) = $plan->{file} =~ m{^(.*)/([^/]+)$}s or die "not the path of a file: $plan->{file}\n";
    my $directory = directory_in($sandbox, $path);
    my $stream = { %$plan, base => '/proc/self/fd/' . fileno($directory) . "/$name", directory => $directory };
    my $problem = open_file($stream);
    die "can not open $plan->{file}: $problem\n" if defined $problem;
    return $stream->{out} unless $plan->{console} || $plan->{bytes};

    pipe my $in, my $out or die "can not make a pipe: $!\n";
    fcntl $in, Linux::F_SETFL, Linux::O_RDONLY | Linux::O_NONBLOCK;
    @$stream{qw(in console pending lost unseen)} = ($in, $plan->{console} ? unblocked($console) : undef, '', 0, 0);
    return ($out, $stream);
}

# A handle of a directory, which is made when it is not there. All below the sandbox is the task's, who could make any
# part of the path a link that very moment, and we may be root: each part is opened from the one above it.
sub directory_in {
    my ($sandbox, $path) = @_;
    my $flags = Linux::O_RDONLY | Linux::O_DIRECTORY | Linux::O_NOFOLLOW;
    my ($at, @parts) = $path =~ m{^\Q$sandbox\E/(.+)}s ? ($sandbox, split m{/}, $1) : ($path);
    sysopen my $directory, $at, $flags or die "can not open $at: $!\n";
    for my $part (@parts) {
        my $below = '/proc/self/fd/' . fileno($directory) . "/$part";
        $at .= "/$part";
        # When it is there already, or can not be made, the next line finds out.
        mkdir $below, 0755;
        sysopen my $deeper, $below, $flags or die "$at is not a directory of its own: $!\n";
        $directory = $deeper;
    }
    return $directory;
}

# The description is the executor's and whoever's started it: for them it must go on to block. A pipe or terminal can
# be opened once more for us; a file never blocks.
sub unblocked {
    my ($console) = @_;
    return $console unless -p $console || -t $console;
    my $flags = Linux::O_WRONLY | Linux::O_NONBLOCK | Linux::O_NOCTTY;
    sysopen my $own, '/proc/self/fd/' . fileno $console, $flags or return $console;
    return $own;
}

# Nothing, or why not.
sub open_file {
    my ($stream) = @_;
    # A pipe with nobody at its other end would otherwise be waited for.
    my $flags = Linux::O_WRONLY | Linux::O_APPEND | Linux::O_CREAT | Linux::O_NOFOLLOW | Linux::O_NONBLOCK;
    sysopen my $out, $stream->{base}, $flags, 0644 or return "$!";
    my $size = (stat $out)[7];
    return 'not a regular file' unless -f _;
    # It becomes the command's own.
    fcntl $out, Linux::F_SETFL, Linux::O_WRONLY | Linux::O_APPEND;
    @$stream{qw(out size mid_line)} = ($out, $size, 0);
    return;
}

# Takes over one chunk. False when there is none, at the end and otherwise.
sub copy {
    my ($stream, $now) = @_;
    my $count = sysread $stream->{in}, my $chunk, CHUNK;
    $stream->{in} = undef if defined $count && $count == 0;
    return $count unless $count;
    to_file($stream, $chunk);
    @$stream{qw(pending since)} = ($chunk, $now) if $stream->{console};
    return $count;
}

sub to_file {
    my ($stream, $chunk) = @_;
    if ($stream->{bytes}) {
        while (defined(my $cut = cut($stream, $chunk))) {
            append($stream, substr $chunk, 0, $cut, '');
            rotate($stream);
        }
    }
    append($stream, $chunk);
}

# How much of the chunk still belongs into this file, when it does not all. Lines stay whole, unless one is so long
# that the file would become twice as large as it may.
sub cut {
    my ($stream, $chunk) = @_;
    my $room = $stream->{bytes} - $stream->{size};
    return if length $chunk < $room;
    my $cut = $room > 0 ? 1 + rindex $chunk, "\n", $room - 1 : 0;
    return $cut if $cut > 0 || ($stream->{size} > 0 && !$stream->{mid_line});
    $cut = 1 + index $chunk, "\n", $room > 0 ? $room : 0;
    my $most = $room + ($stream->{bytes} < CHUNK ? $stream->{bytes} : CHUNK);
    return $cut if $cut > 0 && $cut <= $most;
    return length $chunk < $most ? undef : $most;
}

sub append {
    my ($stream, $bytes) = @_;
    return if $bytes eq '';
    reopen($stream);
    my $written = 0;
    while ($stream->{out} && $written < length $bytes) {
        my $count = syswrite $stream->{out}, $bytes, length($bytes) - $written, $written;
        $stream->{why} = "$!" unless defined $count;
        last unless $count;
        $written += $count;
    }
    $stream->{lost} += length($bytes) - $written;
    $stream->{size} += $written;
    $stream->{mid_line} = substr($bytes, -1) ne "\n";
}

sub rotate {
    my ($stream) = @_;
    my ($base, $backups) = @$stream{qw(base backups)};
    # Tried again when as much has been written once more.
    $stream->{size} = 0;
    rename "$base." . ($_ - 1), "$base.$_" for reverse 2 .. $backups;
    if ($backups > 0 ? rename $base, "$base.1" : unlink $base) { $stream->{out} = undef }
    elsif ($! != Linux::ENOENT) { $stream->{unrotated} //= "$!" }
    reopen($stream);
}

sub reopen {
    my ($stream) = @_;
    my $problem = $stream->{out} ? undef : open_file($stream);
    $stream->{why} = $problem if defined $problem;
}

sub to_console {
    my ($stream, $now) = @_;
    while ($stream->{pending} ne '') {
        vec(my $writable = '', fileno $stream->{console}, 1) = 1;
        last unless select undef, $writable, undef, 0;
        my $count = syswrite $stream->{console}, $stream->{pending}, SURE_TO_FIT;
        # Nobody is there any more: no reason to end the command.
        return @$stream{qw(console pending)} = (undef, '') unless defined $count || $! == Linux::EAGAIN;
        last unless defined $count;
        substr $stream->{pending}, 0, $count, '';
        $stream->{stuck} = 0;
    }
    return if $stream->{pending} eq '' || (!$stream->{stuck} && $now - $stream->{since} < PATIENCE_MS);
    $stream->{unseen} += length $stream->{pending};
    @$stream{qw(stuck pending)} = (1, '');
}

# What is to be told of it: of each loss when it begins, and how much it was at the end.
sub problems {
    my ($stream, $ended) = @_;
    my @problems;
    my $file = $stream->{file};
    push @problems, "$file can not be rotated: $stream->{unrotated}"
      if defined $stream->{unrotated} && !$stream->{told}{unrotated}++;
    my %loss = (
        lost   => "of output could not be written to $file (" . ($stream->{why} // '') . ')',
        unseen => "of output for $file were left out on the console, which takes nothing",
    );
    for my $kind (sort keys %loss) {
        next if !$stream->{$kind} || (!$ended && $stream->{told}{$kind}++);
        push @problems, "$stream->{$kind} bytes " . ($ended ? 'in all ' : '') . $loss{$kind};
    }
    return @problems;
}

1;
