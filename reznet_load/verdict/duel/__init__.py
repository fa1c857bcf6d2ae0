"""Two deployments under the same load at the same time: is B slower than A?"""
