/** The shells that there is completion for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** How to switch completion on, by shell. */
export const HOW_TO: { readonly [S in Shell]: string } = {
  bash: 'eval "$(vmrs completion bash)"   # in ~/.bashrc',
  zsh: 'eval "$(vmrs completion zsh)"   # in ~/.zshrc, after compinit',
  fish: 'vmrs completion fish > ~/.config/fish/completions/vmrs.fish',
};

/**
 * The script for a shell. Each asks `vmrs __complete -- WORD...` and gets what is to be offered besides (`none`, `files`, `folders`) in the first line, then one candidate a
 * line with its meaning after a tab. Nothing that comes back is ever run.
 */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return BASH;
    case 'zsh':
      return ZSH;
    case 'fish':
      return FISH;
  }
}

const BASH = `# completion of vmrs for bash
_vmrs() {
  local answer word first=1
  # bash splits at = and :, and leaves it to us to put such words together again.
  local line=\${COMP_LINE:0:COMP_POINT}
  local -a words
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  COMPREPLY=()
  local last=\${words[\${#words[@]}-1]} cut=''
  case $last in
    *[=:]*) [[ $COMP_WORDBREAKS == *=* ]] && cut=\${last%"\${last##*[=:]}"} ;;
  esac
  while IFS= read -r answer; do
    if ((first)); then
      first=0
      case $answer in
        files) compopt -o default 2>/dev/null ;;
        folders) compopt -o dirnames 2>/dev/null ;;
      esac
    else
      word=\${answer%%$'\\t'*}
      COMPREPLY+=("\${word#"$cut"}")
    fi
  done < <(command "\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _vmrs vmrs
`;

const ZSH = `#compdef vmrs
# completion of vmrs for zsh
_vmrs() {
  local -a answer candidates
  local line word
  answer=("\${(@f)$(command "\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)answer[2,-1]}"; do
    word=\${line%%$'\\t'*}
    candidates+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done
  ((\${#candidates})) && _describe -t vmrs vmrs candidates
  case \${answer[1]} in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [ "\${funcstack[1]}" = _vmrs ]; then _vmrs "$@"; else compdef _vmrs vmrs; fi
`;

const FISH = `# completion of vmrs for fish
function __vmrs_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l answer (command $words[1] __complete -- $words[2..-1] "$last" 2>/dev/null)
    test (count $answer) -gt 0; or return
    switch $answer[1]
        case files
            __fish_complete_path "$last"
        case folders
            __fish_complete_directories "$last"
    end
    test (count $answer) -gt 1; and printf '%s\\n' $answer[2..-1]
end
complete -c vmrs -f -a '(__vmrs_complete)'
`;
