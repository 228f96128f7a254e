#!/usr/bin/perl
# Run in the place of the service, under all its directives: tries what it must not be able to do.
# Prints "pass" or "FAIL", a tab, what was tried, a tab, and what came of it. In Perl, for a bare
# Debian has nothing else that can call the kernel.
use strict;
use warnings;
use POSIX ();
use Socket;

$| = 1;

my $state = $ENV{STATE_DIRECTORY};

sub report {
    my ($passed, $tried, $result) = @_;
    printf "%s\t%s\t%s\n", $passed ? 'pass' : 'FAIL', $tried, $result;
}

sub must_fail {
    my ($tried, $attempt) = @_;
    $! = 0;
    my $succeeded = $attempt->();
    report(!$succeeded, $tried, $succeeded ? 'allowed' : "denied: $!");
}

sub must_work {
    my ($tried, $attempt) = @_;
    $! = 0;
    my $succeeded = $attempt->();
    report($succeeded, $tried, $succeeded ? 'works' : "denied: $!");
}

sub new_socket {
    my ($family, $type, $protocol) = @_;
    socket(my $socket, $family, $type, $protocol) or return;
    return $socket;
}

sub can_create {
    my ($folder) = @_;
    open(my $file, '>', "$folder/probe") or return 0;
    close $file;
    unlink "$folder/probe";
    return 1;
}

# Every folder that can be reached, but for the kernel's own file systems and the service's state.
my (@writable, @sockets);
sub walk {
    my ($folder) = @_;
    opendir(my $handle, $folder) or return;
    push @writable, $folder if $folder ne $state && can_create($folder);
    for my $name (grep { !/^\.\.?$/ } readdir $handle) {
        my $path = ($folder eq '/' ? '' : $folder) . "/$name";
        next if -l $path || $path =~ m{^/(proc|sys)$};
        if (-d $path) { walk($path) }
        elsif (-S $path) { push @sockets, $path }
        # Of devices there are only those that everyone may use.
        elsif (-w $path && $path !~ m{^/dev/}) { push @writable, $path }
    }
}
walk('/');
report(!@writable, 'write anywhere but to the state directory', "@writable" || 'denied');
report(!grep({ $_ ne $ENV{NOTIFY_SOCKET} } @sockets),
    'find a unix socket but that of systemd', "@sockets" || 'none');
must_work('write to the state directory', sub { can_create($state) });

must_work('tell systemd that it is ready', sub {
    my $socket = new_socket(AF_UNIX, SOCK_DGRAM, 0);
    $socket && connect($socket, pack_sockaddr_un($ENV{NOTIFY_SOCKET})) && send($socket, 'READY=1', 0);
});

my %files = (
    'the password hashes'              => '/etc/shadow',
    'the settings with their secrets'  => '/etc/cim-person/environment',
    "another user's file"              => '/etc/of-another-user',
    "another user's home"              => '/home/another/file',
    "NATS's store"                     => '/var/lib/nats/jetstream',
    "another process's environment"    => '/proc/1/environ',
    'a file through another process'   => '/proc/1/root/etc/hostname',
    "the kernel's symbols"             => '/proc/kallsyms',
    "the host's journal"               => '/var/log/journal',
);
for my $what (sort keys %files) {
    must_fail("read $what", sub { open(my $file, '<', $files{$what}) });
}
must_work('read its own binary', sub { open(my $file, '<', '/usr/local/bin/person-service') });

my $any4 = pack_sockaddr_in(8080, INADDR_ANY);
my $any6 = Socket::pack_sockaddr_in6(8080, Socket::IN6ADDR_ANY());
must_fail('listen on TCP over IPv4', sub {
    my $socket = new_socket(AF_INET, SOCK_STREAM, 0);
    $socket && bind($socket, $any4) && listen($socket, 1);
});
must_fail('listen on TCP over IPv6', sub {
    my $socket = new_socket(AF_INET6, SOCK_STREAM, 0);
    $socket && bind($socket, $any6) && listen($socket, 1);
});
# UDP has no call for listening, so this takes a systemd that was built with BPF.
my $binds_udp = sub {
    my $socket = new_socket(AF_INET, SOCK_DGRAM, 0);
    $socket && bind($socket, $any4);
};
if ($ENV{HAS_BPF}) { must_fail('take a port of UDP', $binds_udp) }
else { print "note\ttake a port of UDP\tpossible: this systemd is built without BPF_FRAMEWORK\n" }
must_fail('listen on TCP without a chosen port', sub {
    my $socket = new_socket(AF_INET, SOCK_STREAM, 0);
    $socket && listen($socket, 1);
});
must_fail('listen on a unix socket', sub {
    my $socket = new_socket(AF_UNIX, SOCK_STREAM, 0);
    $socket && bind($socket, pack_sockaddr_un("$state/listening"))
        && listen($socket, 1);
});
unlink "$state/listening";

my @families = (
    ['a raw socket', AF_INET, SOCK_RAW, 1],
    ['a raw IPv6 socket', AF_INET6, SOCK_RAW, 58],
    ['a packet socket', 17, SOCK_RAW, 0],
    ['a netlink socket', 16, SOCK_RAW, 0],
    ['a vsock socket', 40, SOCK_STREAM, 0],
);
for (@families) {
    my ($name, $family, $type, $protocol) = @$_;
    must_fail("open $name", sub { new_socket($family, $type, $protocol) });
}
must_work('connect to NATS', sub {
    my $socket = new_socket(AF_INET, SOCK_STREAM, 0);
    $socket && connect($socket, pack_sockaddr_in(4222, INADDR_LOOPBACK));
});

# Numbers of x86_64; -1 is what syscall() gives for a refusal.
my $succeeds = sub { my @call = @_; return sub { syscall($call[0], @call[1 .. $#call]) != -1 } };
my ($from, $to, $type) = ('none', '/tmp', 'tmpfs');
if ((POSIX::uname())[4] eq 'x86_64') {
    must_fail('become root', $succeeds->(105, 0));
    must_fail('mount', $succeeds->(165, $from, $to, $type, 0, 0));
    must_fail('make a namespace', $succeeds->(272, 0x10000000));
    must_fail('trace a process', $succeeds->(101, 0, 0, 0, 0));
    must_fail('memory that is writable and executable', $succeeds->(9, 0, 4096, 7, 0x22, -1, 0));
    must_fail('load a program into the kernel', $succeeds->(321, 5, 0, 0));
    must_fail('set the clock', $succeeds->(227, 0, 0));
}
