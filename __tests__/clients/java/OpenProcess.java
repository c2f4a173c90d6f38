import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Scanner;

/**
 * A process that stays open with one DefaultAzureCredential. Reads lines `token <scope>` and answers each with a line of
 * JSON.
 */
class OpenProcess {
    public static void main(String[] args) throws Exception {
        var json = new ObjectMapper();
        var credential = new DefaultAzureCredentialBuilder().build();
        var lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            Map<String, String> answer;
            try {
                var scope = lines.nextLine().split(" ")[1];
                answer = Map.of("token", credential.getTokenSync(new TokenRequestContext().addScopes(scope)).getToken());
            } catch (RuntimeException error) {
                answer = Map.of("error", String.valueOf(error.getMessage()));
            }
            System.out.println(json.writeValueAsString(answer));
        }
        // The libraries leave threads behind that would keep the process.
        System.exit(0);
    }
}
