/** The network of the lab, as small as it can be told. */
export const PICTURE = `
                  the internet: clients, a web server 203.0.113.80
                 /                                  \\
             ISP 1                                 ISP 2        each drops packets that leave
    123.234.1.10 router                  216.111.1.10 router    with the other's addresses
    123.234.1.11 -> server1              216.111.1.11 -> server1
    123.234.1.12 -> server2              216.111.1.12 -> server2
    123.234.1.13 -> server3
                 \\                                  /
                  eth1 --------- router --------- eth2 ......... eth3: the operator, 192.168.99.2
                                  eth0
                                   |
       server1 172.16.1.131   server2 172.16.1.130   server3 172.16.1.140   lanhost 172.16.1.50
`;
