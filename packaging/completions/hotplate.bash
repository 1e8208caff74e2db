# bash completion for hotplate
_hotplate() { mapfile -t COMPREPLY < <(hotplate "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null); }
complete -o default -F _hotplate hotplate
