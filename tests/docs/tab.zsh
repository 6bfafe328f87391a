# What zsh lists when Tab is pressed at the end of a line, one a line: zsh -f tab.zsh DIRECTORY LINE
# DIRECTORY has the completion functions. Each match is caught as it is added.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell 'setopt rcquotes; stty cols 200 2>/dev/null; bindkey "^I" complete-word
compadd() {
    local -a found
    [[ ${@[(I)-[a-zA-Z]#[OAD]]} -gt 0 ]] && { builtin compadd "$@"; return }
    builtin compadd -O found "$@"
    for one in $found; do print -r -- "MATCH $one" >>$CAUGHT; done
    builtin compadd "$@"
}'
caught=$(mktemp)
zpty -w shell "CAUGHT=$caught; zstyle ':completion:*' verbose no; unsetopt automenu autolist beep; print READY"
until zpty -r shell line '*READY*'; do :; done
zpty -w -n shell "$2"$'\t'
for ((tries = 0; tries < 100; tries++)); do
    sleep 0.02
    before=$after after=$(<$caught)
    [[ -n $after && $before == $after && $tries -gt 10 ]] && break
done
sed -n 's/^MATCH //p' $caught
rm -f $caught
zpty -d shell
