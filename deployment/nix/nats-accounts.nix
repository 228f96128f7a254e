# The accounts of a nats-server that serves persons, and their users, each with the least permissions
# that work: for the server's setting `accounts`. Users are told apart by nkeys: only public keys stand
# here. deployment/nats/users.conf says why callers have an account of their own.
# Needs nothing of nixpkgs.
{
  # The service's public nkey; null = none.
  serviceKey ? null,
  # Public nkeys of those who send commands.
  callerKeys ? [ ],
  # Public nkeys of those who set up, back up and restore: everything but writing events.
  operatorKeys ? [ ],
  subjectPrefix ? "person",
  streamName ? "PERSON_EVENTS",
}:
let
  # Kept like deployment/nats/users.conf, which says what each is for; a test compares the two. The
  # service may also make what is missing, for here nobody sets up before it starts. Not UPDATE,
  # PURGE, DELETE, RESTORE nor MSG.DELETE: those can take events away.
  inbox = "${streamName}_INBOX";
  outcomes = "${streamName}_OUTCOMES";
  deadLetters = "${streamName}_DLQ";

  # What callers get of the account PERSONS. Where they are, nothing else of it exists.
  services = [
    "${subjectPrefix}.commands.>"
    "${subjectPrefix}.inbox.>"
    "$JS.API.DIRECT.GET.${outcomes}.>"
  ];
  outcomesOf = nkey: "_INBOX_${nkey}.outcomes.>";
  streams = map outcomesOf callerKeys;
  toCallers.accounts = [ "CALLERS" ];
  fromPersons = subject: {
    account = "PERSONS";
    inherit subject;
  };

  service = {
    publish.allow = [
      "${subjectPrefix}.events.>"
      "$JS.API.STREAM.NAMES"
      "$JS.API.STREAM.CREATE.${streamName}"
      "$JS.API.STREAM.INFO.${streamName}"
      "$JS.API.STREAM.MSG.GET.${streamName}"
      "$JS.API.DIRECT.GET.${streamName}"
      "$KV.${streamName}_SNAPSHOTS.>"
      "$JS.API.STREAM.CREATE.KV_${streamName}_SNAPSHOTS"
      "$JS.API.STREAM.INFO.KV_${streamName}_SNAPSHOTS"
      "$JS.API.DIRECT.GET.KV_${streamName}_SNAPSHOTS.>"
      "$JS.API.STREAM.CREATE.${inbox}"
      "$JS.API.STREAM.INFO.${inbox}"
      "$JS.API.CONSUMER.CREATE.${inbox}.person-service"
      "$JS.API.CONSUMER.INFO.${inbox}.person-service"
      "$JS.API.CONSUMER.MSG.NEXT.${inbox}.person-service"
      "$JS.ACK.${inbox}.person-service.>"
      "${subjectPrefix}.outcomes.>"
      "$JS.API.STREAM.CREATE.${outcomes}"
      "$JS.API.STREAM.INFO.${outcomes}"
      "$JS.API.STREAM.MSG.GET.${outcomes}"
      "${subjectPrefix}.dlq.>"
      "$JS.API.STREAM.CREATE.${deadLetters}"
      "$JS.API.STREAM.INFO.${deadLetters}"
    ]
    ++ streams;
    subscribe.allow = [
      "${subjectPrefix}.commands.>"
      "_INBOX.person-service.>"
      "$SRV.>"
    ];
    # Replies go where the caller wants them, once.
    allow_responses = true;
  };

  # Not _INBOX.>, which is everybody's: a caller sets its client's inbox prefix to
  # _INBOX_<its public key>, as the NATS documentation advises.
  callerWith = nkey: {
    publish.allow = services;
    subscribe.allow = [ "_INBOX_${nkey}.>" ];
  };

  operator = {
    publish.allow = [ ">" ];
    publish.deny = [ "${subjectPrefix}.events.>" ];
    subscribe.allow = [ ">" ];
  };

  userOf = permissions: nkey: { inherit nkey permissions; };
in
{
  PERSONS = {
    jetstream = "enabled";
    users =
      (if serviceKey == null then [ ] else [ (userOf service serviceKey) ])
      ++ map (userOf operator) operatorKeys;
    exports =
      map (service: toCallers // { inherit service; }) services
      ++ map (stream: toCallers // { inherit stream; }) streams;
  };

  CALLERS = {
    imports =
      map (subject: { service = fromPersons subject; }) services
      ++ map (subject: { stream = fromPersons subject; }) streams;
    users = map (nkey: userOf (callerWith nkey) nkey) callerKeys;
  };
}
