#!/usr/bin/env bash
# deb.sh STAGE DIST VERSION ARCHITECTURE RID: makes the Debian package of what was published, the same bytes every time.
set -euo pipefail
stage=$1 dist=$2 version=$3-1 architecture=$4 rid=$5
published=${stage%/stage}/$rid
root=$stage/deb-$architecture
usr=$root/usr
moment=$(date -u -R -d "@$SOURCE_DATE_EPOCH")

install -D -m 755 "$published/Hotplate/hotplate" "$usr/bin/hotplate"
install -D -m 644 "$published/Hotplate.Worker/_hotplate.so" "$usr/lib/hotplate/_hotplate.so"
while IFS= read -r file; do
    install -D -m 644 "$file" "$usr/lib/hotplate/$file"
done < <(git ls-files 'python/*.py')
install -D -m 644 "${stage%/stage}/hotplate.1" "$usr/share/man/man1/hotplate.1"
install -D -m 644 "${stage%/stage}/hotplate.toml.5" "$usr/share/man/man5/hotplate.toml.5"
gzip -9n "$usr/share/man/man1/hotplate.1" "$usr/share/man/man5/hotplate.toml.5"
install -D -m 644 packaging/completions/hotplate.bash "$usr/share/bash-completion/completions/hotplate"
install -D -m 644 packaging/completions/_hotplate "$usr/share/zsh/vendor-completions/_hotplate"
install -D -m 644 packaging/completions/hotplate.fish "$usr/share/fish/vendor_completions.d/hotplate.fish"
for unit in packaging/*.service; do
    [[ ! -e $unit ]] || install -D -m 644 "$unit" "$usr/lib/systemd/system/${unit##*/}"
done
install -D -m 644 packaging/debian/copyright "$usr/share/doc/hotplate/copyright"
install -D -m 644 packaging/debian/lintian-overrides "$usr/share/lintian/overrides/hotplate"
install -D -m 644 CHANGELOG.md "$usr/share/doc/hotplate/changelog"
printf 'hotplate (%s) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' "$version" 'The Hotplate authors <hotplate@example.org>' "$moment" \
    >"$usr/share/doc/hotplate/changelog.Debian"
chmod 644 "$usr/share/doc/hotplate/changelog.Debian"
gzip -9n "$usr/share/doc/hotplate/changelog" "$usr/share/doc/hotplate/changelog.Debian"

mkdir -p "$root/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk --apparent-size "$usr" | cut -f1)/" \
    packaging/debian/control >"$root/DEBIAN/control"
install -m 755 packaging/debian/postinst packaging/debian/prerm "$root/DEBIAN/"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$dist/hotplate_${version}_$architecture.deb" >/dev/null
