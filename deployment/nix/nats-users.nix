# The users of a nats-server that serves persons, each with the least permissions that work: for the
# server's setting authorization.users. Users are told apart by nkeys: only public keys stand here.
# Needs nothing of nixpkgs.
{
  # The service's public nkey; null = none.
  serviceKey ? null,
  # Public nkeys of those who send commands.
  callerKeys ? [ ],
  # Public nkeys of those who may do everything: set up, back up, restore.
  operatorKeys ? [ ],
  subjectPrefix ? "person",
  streamName ? "PERSON_EVENTS",
}:
let
  bucketStream = "KV_${streamName}_SNAPSHOTS";

  # What the service does to a stream: look for it, make it where there is none, and read. Not
  # UPDATE, PURGE, DELETE, RESTORE nor MSG.DELETE: those can take events away.
  readsAndMakes = stream: [
    "$JS.API.STREAM.INFO.${stream}"
    "$JS.API.STREAM.CREATE.${stream}"
    "$JS.API.STREAM.MSG.GET.${stream}"
    "$JS.API.DIRECT.GET.${stream}"
    "$JS.API.DIRECT.GET.${stream}.>"
  ];

  service = {
    publish.allow = [
      "${subjectPrefix}.events.>"
      "$KV.${streamName}_SNAPSHOTS.>"
      "$JS.API.STREAM.NAMES"
    ]
    ++ readsAndMakes streamName
    ++ readsAndMakes bucketStream;
    subscribe.allow = [
      "${subjectPrefix}.commands.>"
      "_INBOX.person-service.>"
      "$SRV.>"
    ];
    # Replies go where the caller wants them, once.
    allow_responses = true;
  };

  caller = {
    publish.allow = [
      "${subjectPrefix}.commands.>"
      "$SRV.>"
    ];
    # Not _INBOX.>, which is everybody's: a caller sets its client's inbox prefix to
    # _INBOX_<its public key>, as the NATS documentation advises.
    subscribe.allow = [ ];
  };

  userOf = permissions: nkey: { inherit nkey permissions; };
in
(if serviceKey == null then [ ] else [ (userOf service serviceKey) ])
++ map (nkey: userOf (caller // { subscribe.allow = [ "_INBOX_${nkey}.>" ]; }) nkey) callerKeys
++ map (nkey: { inherit nkey; }) operatorKeys
