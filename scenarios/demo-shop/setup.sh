#!/bin/sh
# After the first apply, once web is Ready: a release with a mistyped tag. Recorded with -n shop alone.
kubectl -n shop set image deployment/web nginx=nginx:9.25.1
