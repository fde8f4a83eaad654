/**
 * The script that makes bash offer words. The library's own needs the package bash-completion, which many
 * machines lack; hands the line to `eval`, which runs what a user has only typed, `> file` and `$(…)` with it; and
 * fails where it is loaded twice.
 */
export function bashCompletion(program: string): string {
  const name = `_${program}_completion`;
  return `# bash completion for ${program}

${name}() {
  local IFS=$'\\n' index word current="" line value prefix="" directive=0
  local -a words
  words=()
  COMPREPLY=()
  # bash takes --name=value for three words.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $current == -*= ]] || [[ $current == -* && $word == "=" ]]; then
      current=$current$word
      words[\${#words[@]} - 1]=$current
    else
      current=$word
      words+=("$word")
    fi
  done
  if [[ $current == -*=* ]]; then
    [[ \${COMP_WORDS[COMP_CWORD]} == -*=* ]] && prefix=\${current%%=*}=
    current=\${current#*=}
  fi
  while read -r line; do
    if [[ $line == :* ]]; then
      directive=\${line#:}
    else
      value=\${line%%$'\\t'*}
      [[ $value == "$current"* ]] && COMPREPLY+=("$prefix$value")
    fi
  done < <(${program} complete -- "\${words[@]}" 2>/dev/null)
  # Files are offered where nothing else is, unless the program says no (4).
  if ((directive & 4)) && type -t compopt >/dev/null; then compopt +o default; fi
}

complete -o default -F ${name} ${program}`;
}
