# The users of a nats-server that serves persons, each with the least permissions that work: for the
# server's setting authorization.users. Users are told apart by nkeys: only public keys stand here.
# Needs nothing of nixpkgs.
#
# All share one account, so callers must be trusted with the streams: the server does not check the
# reply subject of a publish, and JetStream writes its answer there, even where that deletes a stream.
# deployment/nats/users.conf has accounts that prevent it. Not here, where streams made before would
# stay behind in the account that they are in.
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
    ++ map (nkey: "_INBOX_${nkey}.outcomes.>") callerKeys;
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
    publish.allow = [
      "${subjectPrefix}.commands.>"
      "${subjectPrefix}.inbox.>"
      "$JS.API.DIRECT.GET.${outcomes}.>"
    ];
    subscribe.allow = [ "_INBOX_${nkey}.>" ];
  };

  operator = {
    publish.allow = [ ">" ];
    publish.deny = [ "${subjectPrefix}.events.>" ];
    subscribe.allow = [ ">" ];
  };

  userOf = permissions: nkey: { inherit nkey permissions; };
in
(if serviceKey == null then [ ] else [ (userOf service serviceKey) ])
++ map (nkey: userOf (callerWith nkey) nkey) callerKeys
++ map (userOf operator) operatorKeys
