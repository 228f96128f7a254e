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

  # "NAME=value", as an attribute.
  variableOf =
    assignment:
    let
      parts = builtins.match "([^=]+)=(.*)" assignment;
    in
    {
      name = builtins.elemAt parts 0;
      value = builtins.elemAt parts 1;
    };

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
  environment = builtins.listToAttrs (map variableOf (wordsOf Service.Environment));
  serviceConfig = removeAttrs Service [ "Environment" ] // {
    ExecStart =
      builtins.replaceStrings [ "/usr/local/bin/person-service" ] [ executable ]
        Service.ExecStart;
  };
}
