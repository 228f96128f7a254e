# The directives that the plain unit is made of, as options of systemd.services.<name>. Needs nothing
# of nixpkgs.
{
  # deployment/systemd/directives.json, read.
  directives,
  # The service's executable.
  executable,
}:
let
  inherit (directives) Unit Service Install;

  wordsOf =
    text: builtins.filter (word: builtins.isString word && word != "") (builtins.split " +" text);
in
{
  # NixOS has options of its own for these and adds to them.
  description = Unit.Description;
  after = wordsOf Unit.After;
  wants = wordsOf Unit.Wants;
  wantedBy = wordsOf Install.WantedBy;

  unitConfig = removeAttrs Unit [
    "Description"
    "After"
    "Wants"
  ];
  serviceConfig = Service // {
    ExecStart =
      builtins.replaceStrings [ "/usr/local/bin/person-service" ] [ executable ]
        Service.ExecStart;
  };
}
