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

  # NixOS has options of its own for these and adds to them.
  named = {
    description = "Description";
    documentation = "Documentation";
    after = "After";
    wants = "Wants";
    requires = "Requires";
  };

  wordsOf =
    value:
    if builtins.isList value then
      value
    else
      builtins.filter (word: builtins.isString word && word != "") (builtins.split "[[:space:]]+" value);

  isGiven = option: Unit ? ${named.${option}};
  valueOf =
    option:
    let
      value = Unit.${named.${option}};
    in
    if option == "description" then value else wordsOf value;
in
builtins.listToAttrs (
  map (option: {
    name = option;
    value = valueOf option;
  }) (builtins.filter isGiven (builtins.attrNames named))
)
// {
  wantedBy = wordsOf Install.WantedBy;
  unitConfig = builtins.removeAttrs Unit (builtins.attrValues named);
  serviceConfig = Service // {
    ExecStart = builtins.replaceStrings [ "/usr/local/bin/person-service" ] [ executable ] Service.ExecStart;
  };
}
