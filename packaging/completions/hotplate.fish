function __hotplate
    set -l line (commandline -cp)
    hotplate "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c hotplate -a '(__hotplate)'
