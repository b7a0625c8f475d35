/** What `vmrs-applevz --help` prints. */
export const HELP: string = `usage: vmrs-applevz <command> [options]

Virtualization.framework serves only programs with the entitlement com.apple.security.virtualization,
so VMs run in a signed copy of node. It is made at the first boot; these commands make it earlier, and
tell what this Mac can do.

commands
  prepare          make the signed copy of node, or find the one that is there
    --node PATH    of this node; default: the one that runs this command
  doctor           tell what this Mac, this macOS and the driver's parts allow
  install-rosetta  install Rosetta for Linux guests; macOS asks for consent

options
  --json           print one JSON document instead of text (prepare, doctor)
  --help           print this
  --version        print the version

environment
  VMRS_CACHE           folder for the signed copy (default ~/Library/Caches/vmrs)
  VMRS_APPLEVZ_HOST    an executable that has the entitlement already, used instead of a copy
  VMRS_APPLEVZ_ADDON   the native addon, instead of the one that was installed

exit code: 0 it worked or VMs can run, 1 it did not or they cannot, 2 wrong usage
`;
